/* SPDX-License-Identifier: MIT */
/* The Arena: growing chunks, runs of granules, what is fresh and what is not. */
#include "unit.h"

#include <sys/mman.h>

#include "arena/arena.h"
#include "base/bits.h"
#include "options/options.h"
#include "stats/stats.h"

#define RUNS_MAX 1000

static struct slab *runs[RUNS_MAX];
static size_t run_count;
static bool dense; /* runs without alignment come from arena_take_dense() */

static size_t run_bytes(const struct slab *run)
{
	return run->granules * GRANULE_SIZE;
}

/* Takes a run that belongs to the test, marked as its own to the end. */
static struct slab *take(unsigned granules, unsigned align)
{
	struct slab *run = dense && align == 1 ? arena_take_dense(granules) :
						 arena_take(granules, align);

	require(run && run_count < RUNS_MAX, "a run of %u at %u", granules, align);
	require(run->granules == granules, "%u granules, not %u", run->granules,
		granules);
	require(is_aligned(run->base, align * GRANULE_SIZE), "a run at %p, not %u",
		(void *)run->base, align);
	require(run->content == RUN_USED || zero_end(run->base, run_bytes(run)) == run_bytes(run),
		"a fresh run at %p is not zero", (void *)run->base);
	pattern_fill(run->base, run_bytes(run), (uintptr_t)run->base);
	runs[run_count++] = run;
	return run;
}

static void give(size_t i)
{
	struct slab *run = runs[i];

	pattern_require(run->base, run_bytes(run), (uintptr_t)run->base);
	runs[i] = runs[--run_count];
	arena_give(run, run_bytes(run));
}

static void give_all(void)
{
	while (run_count > 0)
		give(run_count / 2);
}

static uint64_t expected_chunk(unsigned number)
{
	uint64_t levels = (uint64_t)options_get(OPTION_POOL_TLS_ARENA_GROWTH_LEVELS);
	uint64_t size = (uint64_t)options_get(OPTION_POOL_TLS_ARENA_MB_INIT) * MIB;
	uint64_t most = (uint64_t)options_get(OPTION_POOL_TLS_ARENA_MB_MAX) * MIB;

	size <<= number < levels ? number : levels;
	return size < most ? size : most;
}

static void check_growth(unsigned chunks)
{
	uint64_t total = 0;

	for (unsigned number = 0; number < chunks; number++) {
		while (stats_totals.chunks == number)
			ck_assert_ptr_nonnull(arena_take(ARENA_RUN_MAX, 1));
		total += expected_chunk(number);
		ck_assert_uint_eq(stats_totals.arena, total);
	}
}

START_TEST(chunks_double)
{
	check_growth(6);
}
END_TEST

START_TEST(chunks_grow_as_the_options_say)
{
	option_values[OPTION_POOL_TLS_ARENA_MB_INIT] = 3;
	option_values[OPTION_POOL_TLS_ARENA_MB_MAX] = 10;
	option_values[OPTION_POOL_TLS_ARENA_GROWTH_LEVELS] = 4;
	check_growth(5);
}
END_TEST

START_TEST(chunks_stay_as_they_are_without_levels)
{
	option_values[OPTION_POOL_TLS_ARENA_MB_INIT] = 2;
	option_values[OPTION_POOL_TLS_ARENA_GROWTH_LEVELS] = 0;
	check_growth(4);
}
END_TEST

START_TEST(runs_of_every_length_and_alignment)
{
	for (unsigned align = 1; align <= ARENA_RUN_MAX; align *= 2)
		for (unsigned granules = 1; granules <= ARENA_RUN_MAX; granules++)
			take(granules, align);
	give_all();
}
END_TEST

/* Runs that overlap destroy each other's patterns. */
START_TEST(runs_do_not_overlap)
{
	uint64_t random = 4;

	dense = _i == 1;
	for (uint64_t i = 0; i < unit_ops(5000); i++) {
		uint64_t dice = random_next(&random);

		if (run_count > 100 || (run_count > 0 && dice % 2 == 0))
			give(dice / 2 % run_count);
		else
			take(1 + dice / 2 % ARENA_RUN_MAX, 1u << dice / 64 % 5);
		if (dice % 997 == 0)
			arena_purge(MIB);
		if (dice % 1999 == 0)
			arena_unmap_empty();
	}
	give_all();
}
END_TEST

static bool has_huge_pages(void)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	char text[64] = "[never]";

	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	return !strstr(text, "[never]") && sysconf(_SC_PAGESIZE) == 4096;
}

static size_t resident_pages(char *unit)
{
	unsigned char resident[2 * MIB / 4096];
	size_t count = 0;

	ck_assert_int_eq(mincore(unit, 2 * MIB, resident), 0);
	for (size_t i = 0; i < sizeof(resident); i++)
		count += resident[i] & 1;
	return count;
}

/* What is resident counts as idle until it is used, reads as zero, and can be purged. */
START_TEST(a_dense_run_fills_its_superslab)
{
	struct slab *first, *second;
	uint64_t idle;

	if (!has_huge_pages())
		return;
	while (stats_totals.arena < 8 * MIB)
		take(ARENA_RUN_MAX, 1);
	dense = true;
	while (take(1, 1)->content != RUN_BLANK)
		;
	first = runs[run_count - 1];
	ck_assert(is_aligned(first->base, 2 * MIB));
	ck_assert_uint_eq(resident_pages(first->base), 512);
	idle = stats_totals.idle;
	ck_assert_uint_ge(idle, 31 * GRANULE_SIZE);
	second = take(3, 1);
	ck_assert_ptr_eq(second->base, first->base + GRANULE_SIZE);
	ck_assert_int_eq(second->content, RUN_BLANK);
	ck_assert_uint_eq(stats_totals.idle, idle - 3 * GRANULE_SIZE);
	arena_purge_all();
	ck_assert_uint_eq(resident_pages(first->base), 4 * 16);
	ck_assert_int_eq(take(1, 1)->content, RUN_CLEAN);
	/* All of it was used, as far as the Arena knows: the first byte it touched itself. */
	arena_give(first, 0);
	runs[run_count - 3] = runs[run_count - 1];
	run_count--;
	ck_assert_int_eq(take(1, 1)->content, RUN_USED);
}
END_TEST

/* Single granules, given back in any order, make one long run again. */
START_TEST(free_granules_coalesce)
{
	uint64_t chunks;

	take(1, 1);
	chunks = stats_totals.chunks;
	while (stats_totals.chunks == chunks && run_count < 15)
		take(1, 1);
	take(1, 1);
	ck_assert_uint_eq(stats_totals.arena, expected_chunk(0));
	while (run_count > 0)
		give(run_count * 7 / 13);
	take(ARENA_RUN_MAX, ARENA_RUN_MAX);
	ck_assert_uint_eq(stats_totals.chunks, chunks);
	give_all();
}
END_TEST

START_TEST(used_memory_is_not_fresh_until_purged)
{
	struct slab *run = take(4, 1);
	char *base = run->base;

	ck_assert(run->content == RUN_CLEAN);
	give(0);
	run = take(4, 1);
	ck_assert_ptr_eq(run->base, base);
	ck_assert(run->content == RUN_USED);
	give(0);
	ck_assert_uint_eq(arena_purge(SIZE_MAX), 4 * GRANULE_SIZE);
	ck_assert_uint_eq(arena_purge(SIZE_MAX), 0);
	run = take(4, 1);
	ck_assert(run->content == RUN_CLEAN);
	give_all();
}
END_TEST

/* Where the kernel makes huge pages it fills purged memory. */
START_TEST(all_that_is_free_is_purged_again)
{
	volatile char *base;
	struct slab *run = take(4, 1);

	take(1, 1);
	base = run->base;
	arena_give(runs[0], 0);
	runs[0] = runs[--run_count];
	base[0] = 1;
	ck_assert_uint_eq(arena_purge(SIZE_MAX), 0);
	ck_assert_uint_eq(base[0], 1);
	ck_assert_uint_eq(arena_purge_all(), 0);
	ck_assert_uint_eq(base[0], 0);
	give_all();
	ck_assert_uint_eq(arena_purge_all(), GRANULE_SIZE);
}
END_TEST

/* Only what was touched of a fresh run has to be purged. */
START_TEST(untouched_memory_stays_fresh)
{
	struct slab *run = arena_take(8, 1);

	run->base[GRANULE_SIZE] = 1;
	arena_give(run, GRANULE_SIZE + 1);
	ck_assert_uint_eq(arena_purge(SIZE_MAX), 2 * GRANULE_SIZE);
	take(8, 1);
	give_all();
}
END_TEST

START_TEST(runs_grow_and_shrink_in_place)
{
	struct slab *run = arena_take(2, ARENA_RUN_MAX);
	struct slab *next;

	ck_assert(arena_extend(run, 4));
	ck_assert_uint_eq(run->granules, 4);
	memset(run->base, 1, run_bytes(run));
	arena_shorten(run, 1);
	ck_assert_uint_eq(run->granules, 1);
	next = arena_take(1, 1);
	ck_assert_ptr_eq(next->base, run->base + GRANULE_SIZE);
	ck_assert(next->content == RUN_USED);
	ck_assert(!arena_extend(run, 2));
	arena_give(next, 0);
	ck_assert(arena_extend(run, 2));
	ck_assert(!arena_extend(run, SUPERSLAB_GRANULES + 1));
	arena_give(run, run_bytes(run));
	take(ARENA_RUN_MAX, ARENA_RUN_MAX);
	ck_assert_uint_eq(stats_totals.chunks, 1);
	give_all();
}
END_TEST

/* Two free rows, of 3 granules and of at least 6: it stands in the longer. */
START_TEST(a_roomy_run_has_room_behind_it)
{
	struct slab *run;

	take(1, 1);
	take(3, 1);
	take(1, 1);
	give(1);
	run = arena_take_roomy(4); /* more than the row in between has */
	ck_assert(arena_extend(run, 8));
	arena_give(run, 0);
	run = arena_take_roomy(ARENA_RUN_MAX); /* more than any row has */
	ck_assert_uint_eq(run->granules, ARENA_RUN_MAX);
	arena_give(run, 0);
	give_all();
}
END_TEST

/* To copy a block is cheaper than to fault pages in that others leave idle. */
START_TEST(a_roomy_run_is_resident_if_it_has_room)
{
	struct slab *run;
	char *idle;

	take(ARENA_RUN_MAX, 1);
	take(1, 1);
	take(2, 1);
	take(1, 1);
	give(2); /* resident as well, in a row of two */
	idle = runs[0]->base;
	give(0);
	run = arena_take_roomy(2);
	ck_assert_ptr_eq(run->base, idle);
	ck_assert(run->content == RUN_USED);
	arena_give(run, 0);
	give_all();
}
END_TEST

START_TEST(empty_superslabs_are_unmapped)
{
	uint64_t mapped;

	for (int i = 0; i < 20; i++)
		take(ARENA_RUN_MAX, 1);
	mapped = stats_totals.arena;
	ck_assert_uint_ge(mapped, 20 * MIB);
	while (run_count > 1)
		give(run_count - 1);
	ck_assert_uint_gt(arena_unmap_empty(), 15 * MIB);
	ck_assert_uint_le(stats_totals.arena, 2 * MIB);
	give(0);
	arena_unmap_empty();
	ck_assert_uint_eq(stats_totals.arena, 0);
	take(3, 1);
	give_all();
}
END_TEST

/* A program that maps a large file has the kernel place chunks far away. */
START_TEST(chunks_stay_in_the_window)
{
	size_t file = (WINDOW_GRANULES << GRANULE_SHIFT) / 2;
	void *place;

	hak_free(hak_malloc(1));
	place = mmap(NULL, file, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		     -1, 0);
	if (place == MAP_FAILED)
		return; /* no address space for it */
	for (size_t i = 0; i < 64; i++) {
		void *block = hak_malloc(MIB);

		ck_assert_ptr_nonnull(block);
		ck_assert_uint_lt(registry_window_index(block), WINDOW_GRANULES);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, chunks_stay_in_the_window);
	tcase_add_test(t, chunks_double);
	tcase_add_test(t, chunks_grow_as_the_options_say);
	tcase_add_test(t, chunks_stay_as_they_are_without_levels);
	tcase_add_test(t, runs_of_every_length_and_alignment);
	tcase_add_loop_test(t, runs_do_not_overlap, 0, 2);
	tcase_add_test(t, a_dense_run_fills_its_superslab);
	tcase_add_test(t, free_granules_coalesce);
	tcase_add_test(t, used_memory_is_not_fresh_until_purged);
	tcase_add_test(t, all_that_is_free_is_purged_again);
	tcase_add_test(t, untouched_memory_stays_fresh);
	tcase_add_test(t, runs_grow_and_shrink_in_place);
	tcase_add_test(t, a_roomy_run_has_room_behind_it);
	tcase_add_test(t, a_roomy_run_is_resident_if_it_has_room);
	tcase_add_test(t, empty_superslabs_are_unmapped);
}

int main(void)
{
	return unit_run("arena", fill);
}
