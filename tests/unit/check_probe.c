/* SPDX-License-Identifier: MIT */
/* A tracer at otel_memory:alloc: samples are taken while its semaphore is raised. */
#include "unit.h"

#include <pthread.h>

#include "base/probe.h"
#include "heap/heap.h"
#include "profile/profile.h"
#include "stats/stats.h"

#ifdef HAK_USDT

#include "api/backend.h"

#define MEAN 500

static unsigned stack_of_one(uintptr_t *pc, unsigned limit)
{
	*pc = 1;
	return limit > 0;
}

/* As a tracer writes it, from outside. */
static void come(void)
{
	store_relaxed(&otel_memory_alloc_semaphore, 1);
}

static void leave(void)
{
	store_relaxed(&otel_memory_alloc_semaphore, 0);
}

static void slow_call(void)
{
	hak_free(hak_malloc(2 * MIB));
}

static bool takes_part(void)
{
	hak_free(hak_malloc(64));
	return heap_self == &heap_sampled;
}

static uint64_t samples(void)
{
	return load_relaxed(&stats_totals.profile_samples);
}

static uint64_t recorded_bytes(void)
{
	uint64_t sum = 0;

	for (const struct site *s = load_acquire(&sites_first); s; s = s->next)
		sum += s->live.bytes;
	return sum;
}

START_TEST(nothing_is_sampled_without_a_tracer)
{
	slow_call();
	ck_assert(!takes_part());
	ck_assert_uint_eq(load_relaxed(&profile_epoch), 0);
}
END_TEST

START_TEST(samples_are_taken_while_a_tracer_is_there)
{
	slow_call();
	come();
	slow_call();
	ck_assert(takes_part());
	ck_assert_uint_eq(profile_mean(), 512 * KIB);
	for (int i = 0; i < 100; i++)
		slow_call();
	ck_assert_uint_gt(samples(), 50);
	ck_assert_uint_eq(stats_totals.profile_mean, 0); /* it is no profile */
	ck_assert_ptr_null(load_acquire(&sites_first));
	leave();
	slow_call();
	ck_assert(!takes_part());
}
END_TEST

/* The kernel tells of a tracer before the library is started, which chooses a backend, too. */
START_TEST(a_tracer_that_came_before_the_start_stays)
{
	uint64_t before;

	come();
	slow_call();
	backend_choose();
	before = samples();
	hak_free(hak_calloc(20, MIB));
	ck_assert_uint_gt(samples(), before);
}
END_TEST

/* It may have interrupted who holds the lock of the samples. */
START_TEST(a_handler_that_is_locked_out_follows_no_tracer)
{
	slow_call();
	come();
	slow_call();
	leave();
	critical_enter();
	slow_call();
	ck_assert(profile_is_traced);
	critical_leave();
	slow_call();
	ck_assert(!profile_is_traced);
}
END_TEST

static pthread_barrier_t barrier;

/* It finds all in its caches: another thread begins the samples for it, and ends them. */
static void *use_caches(void *unused)
{
	hak_free(hak_malloc(64));
	for (int i = 0; i < 2; i++) {
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		require(takes_part() == (i == 0), "it takes part: %d", i);
	}
	return unused;
}

START_TEST(one_thread_begins_for_all)
{
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, use_caches, NULL);
	for (int i = 0; i < 2; i++) {
		pthread_barrier_wait(&barrier);
		if (i == 0)
			come();
		else
			leave();
		slow_call();
		pthread_barrier_wait(&barrier);
	}
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(a_profile_goes_on_when_the_tracer_leaves)
{
	slow_call();
	come();
	slow_call();
	ck_assert_int_eq(profiled_begin(MEAN, stack_of_one), 0);
	ck_assert_int_ne(profiled_begin(MEAN, stack_of_one), 0);
	slow_call();
	ck_assert_uint_eq(profile_mean(), MEAN);
	leave();
	slow_call();
	ck_assert(takes_part());
	profiled_end();
	ck_assert(!takes_part());
}
END_TEST

/* The profile has what was allocated in its time, and stays as it is. */
START_TEST(a_tracer_changes_no_profile)
{
	void *before, *within, *after;

	slow_call();
	come();
	slow_call();
	before = hak_malloc(100 * MIB);
	profiled_begin(1, stack_of_one);
	slow_call();
	within = hak_malloc(10 * MIB);
	hak_free(before);
	ck_assert_uint_eq(recorded_bytes(), 10 * MIB);
	profiled_end();
	slow_call();
	ck_assert(takes_part());
	ck_assert_uint_eq(profile_mean(), 512 * KIB);
	after = hak_malloc(100 * MIB);
	hak_free(within);
	ck_assert_uint_eq(recorded_bytes(), 10 * MIB);
	ck_assert_uint_eq(stats_totals.profile_live, 1);
	hak_free(after);
	ck_assert_uint_eq(stats_totals.profile_live, 0);
	leave();
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, nothing_is_sampled_without_a_tracer);
	tcase_add_test(t, samples_are_taken_while_a_tracer_is_there);
	tcase_add_test(t, a_tracer_that_came_before_the_start_stays);
	tcase_add_test(t, a_handler_that_is_locked_out_follows_no_tracer);
	tcase_add_test(t, one_thread_begins_for_all);
	tcase_add_test(t, a_profile_goes_on_when_the_tracer_leaves);
	tcase_add_test(t, a_tracer_changes_no_profile);
}

int main(void)
{
	return unit_run("probe", fill);
}

#else /* HAK_USDT */

int main(void)
{
	puts("the library was built without probes");
	return UNIT_SKIPPED;
}

#endif /* HAK_USDT */
