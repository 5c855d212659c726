/* SPDX-License-Identifier: MIT */
/* Sampling: its arithmetic, its estimates, and that no sampled block is lost. */
#include "unit.h"

#include <math.h>

#include "api/backend.h"
#include "heap/heap.h"
#include "os/hak_os_map_boundary.h"
#include "profile/profile.h"
#include "profile/stack.h"
#include "stats/stats.h"

#define SEEDS 100
#define MEAN 65536

/* ---- the arithmetic ---- */

START_TEST(distances_are_logarithms)
{
	uint64_t state = 1;

	for (int i = 0; i < 1000000; i++) {
		uint64_t random = chance_next(&state);
		double exact = -log((double)(random ? random : 1) / 18446744073709551616.0) *
			       CHANCE_MEAN_MAX;
		double distance = (double)chance_distance(random, CHANCE_MEAN_MAX);

		/* Whole bytes, and 2^-32 of the mean. */
		require(distance > exact - 1.001 && distance < exact + 0.251,
			"%llu: %f and not %f", (unsigned long long)random, distance, exact);
	}
	ck_assert_uint_eq(chance_distance(UINT64_MAX, MEAN), 0);
	ck_assert_uint_eq(chance_distance(0, MEAN), chance_distance(1, MEAN));
	ck_assert_uint_eq(chance_distance(1, 0), 0); /* each one is a sample */
}
END_TEST

START_TEST(weights_are_exact)
{
	for (uint64_t mean = 1; mean <= CHANCE_MEAN_MAX; mean *= 8)
		for (uint64_t size = 1; size < (uint64_t)1 << 40; size += size / 3 + 1) {
			double exact = -1 / expm1(-(double)size / (double)mean);
			double weight = chance_weight(size, mean);

			require(fabs(weight / exact - 1) < 1e-14,
				"%llu of %llu: %.17g and not %.17g", (unsigned long long)size,
				(unsigned long long)mean, weight, exact);
		}
	ck_assert_double_eq(chance_weight(1, 0), 1);
}
END_TEST

/* ---- the tables ---- */

#define PLACES 20000

/* No block of any program's, but as far apart. */
static const void *place(size_t i)
{
	return (const void *)(uintptr_t)(0x100000 + i * 48);
}

START_TEST(tables_lose_nothing)
{
	static bool present[PLACES];
	const uintptr_t pc[2] = {1, 2};
	uint64_t state = 7, live = 0;
	struct sample s;

	profile_begin(1, stack_take);
	for (int i = 0; i < 400000; i++) {
		size_t which = chance_next(&state) % PLACES;

		require(!present[which] || samples_may_have(place(which)),
			"the filter does not have block %zu", which);
		if (chance_next(&state) % 3 == 0) {
			require(profile_take(place(which), &s) == present[which],
				"block %zu is lost or found", which);
			present[which] = false;
		} else { /* what was there is stale then */
			profile_add(place(which), which + 1, pc, which % 2 + 1);
			present[which] = true;
		}
	}
	for (size_t i = 0; i < PLACES; i++)
		live += present[i];
	ck_assert_uint_eq(stats_totals.profile_live, live);
	ck_assert_uint_eq(stats_totals.profile_sites, 2);
	for (size_t i = 0; i < PLACES; i++)
		profile_take(place(i), &s);
	ck_assert_uint_eq(stats_totals.profile_live, 0);
	for (const struct site *site = load_acquire(&sites_first); site; site = site->next)
		require(site->live.bytes == 0 && site->live.objects == 0,
			"%llu bytes are left", (unsigned long long)site->live.bytes);
	for (size_t i = 0; i < PLACES; i++)
		require(!samples_may_have(place(i)), "the filter still has block %zu", i);
}
END_TEST

/* With this many the next sample needs a table of 2 MiB and a filter of 4 MiB. */
#define FULL 16384

START_TEST(a_table_that_cannot_grow_takes_nothing)
{
	const uintptr_t pc = 1;
	uint64_t before;
	size_t i;

	profile_begin(1, stack_take);
	for (i = 0; i < FULL; i++)
		profile_add(place(i), 1, &pc, 1);
	ck_assert_uint_eq(stats_totals.profile_lost, 0);
	before = stats_totals.meta;
	os_set_limit(os_held() + 3 * MIB);
	for (; i < FULL + 100; i++)
		profile_add(place(i), 1, &pc, 1);
	ck_assert_uint_eq(stats_totals.profile_lost, 100);
	ck_assert_uint_eq(stats_totals.meta, before);
	os_set_limit(SIZE_MAX);
	profile_add(place(i), 1, &pc, 1);
	ck_assert_uint_eq(stats_totals.profile_lost, 100);
	ck_assert_uint_eq(stats_totals.profile_live, FULL + 1);
}
END_TEST

/* ---- estimates ---- */

/* The sites are numbers that the program tells. */
static uintptr_t here;

static unsigned stack_here(uintptr_t *pc, unsigned limit)
{
	*pc = here;
	return limit > 0;
}

/* Each site has its own size, and half of its blocks are freed. */
static const struct {
	size_t size;
	unsigned count;
} kinds[] = {{1, 30000}, {24, 20000}, {100, 20000}, {1000, 4000}, {5000, 1000},
	     {40000, 200}, {70000, 100}, {300000, 30}, {4000000, 4}};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static void *allocate(unsigned kind, unsigned i)
{
	here = kind + 1;
	if (i % 4 == 0)
		return hak_calloc(1, kinds[kind].size);
	if (i % 4 == 1)
		return hak_aligned_alloc(64, kinds[kind].size);
	return hak_malloc(kinds[kind].size);
}

static void run_kind(unsigned kind)
{
	static void *block[30000];
	unsigned count = kinds[kind].count;

	for (unsigned i = 0; i < count; i++)
		block[i] = allocate(kind, i);
	for (unsigned i = 0; i < count; i += 2)
		hak_free(block[i]);
}

static const struct site *site_of(unsigned kind)
{
	const struct site *s = load_acquire(&sites_first);

	while (s && s->pc[0] != kind + 1)
		s = s->next;
	return s;
}

/* The estimate minus the truth, in standard deviations; of blocks always sampled: in bytes. */
static double deviation(unsigned kind, bool live)
{
	const struct site *s = site_of(kind);
	uint64_t bytes = !s ? 0 : live ? s->live.bytes : s->total.bytes;
	double size = (double)kinds[kind].size;
	double count = live ? kinds[kind].count / 2 : kinds[kind].count;
	double p = -expm1(-size / MEAN), off = (double)bytes - count * size;

	return p == 1 ? off : off / (size * sqrt(count * (1 / p - 1)));
}

static void run_seed(uint64_t seed)
{
	hak_free(hak_malloc(1));
	profiled_begin(MEAN, stack_here);
	hak_free(hak_malloc(1)); /* takes part */
	heap_mine()->sample_random = seed;
	heap_mine()->sample_left = chance_distance(
		chance_next(&heap_mine()->sample_random), MEAN);
	for (unsigned kind = 0; kind < KINDS; kind++)
		run_kind(kind);
	profiled_end();
}

struct spread {
	double sum;	 /* of deviations */
	unsigned inside; /* seeds in the interval of 95 % */
};

static void look_at(struct spread *s, double d)
{
	s->sum += d;
	s->inside += fabs(d) < 1.96;
}

/*
 * The mean of 100 deviations has a deviation of 0.1.  Few samples of large blocks are not
 * normally distributed, so the bound on those inside is wide.
 */
static void check_spread(const struct spread *s, size_t size, const char *what)
{
	require(fabs(s->sum / SEEDS) < 0.35, "%s of size %zu is off by %f deviations", what,
		size, s->sum / SEEDS);
	require(s->inside >= 87, "%s of size %zu: %u of %d seeds in the interval", what, size,
		s->inside, SEEDS);
}

START_TEST(estimates_are_right_on_average)
{
	static struct spread all[KINDS], live[KINDS];

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		run_seed(seed);
		for (unsigned kind = 0; kind < KINDS; kind++) {
			look_at(&all[kind], deviation(kind, false));
			look_at(&live[kind], deviation(kind, true));
		}
	}
	for (unsigned kind = 0; kind < KINDS; kind++) {
		check_spread(&all[kind], kinds[kind].size, "what was allocated");
		check_spread(&live[kind], kinds[kind].size, "what lives");
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, distances_are_logarithms);
	tcase_add_test(t, weights_are_exact);
	tcase_add_test(t, tables_lose_nothing);
	tcase_add_test(t, a_table_that_cannot_grow_takes_nothing);
	tcase_add_test(t, estimates_are_right_on_average);
}

int main(void)
{
	return unit_run("profile", fill);
}
