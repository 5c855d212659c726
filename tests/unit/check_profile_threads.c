/* SPDX-License-Identifier: MIT */
/* Profiles in a process with threads: begun and ended at any time, across fork() and exit. */
#include "unit.h"

#include <pthread.h>
#include <sys/wait.h>

#include "api/backend.h"
#include "heap/heap.h"
#include "profile/profile.h"
#include "stats/stats.h"

#define MEAN 500
#define THREADS 4
#define BLOCKS 500

static unsigned stack_of_one(uintptr_t *pc, unsigned limit)
{
	*pc = 1;
	return limit > 0;
}

static uint64_t live_bytes(void)
{
	uint64_t sum = 0;

	for (const struct site *s = load_acquire(&sites_first); s; s = s->next)
		sum += load_relaxed(&s->live.bytes);
	return sum;
}

static size_t size_at(unsigned i)
{
	return 1 + i * 7919u % 3000 + (i % 100 == 0 ? 200000 : 0);
}

/* ---- work that frees all that it allocates, in part in another thread ---- */

static void *handed[THREADS]; /* to the next thread; exchanged */
static bool stop;

static void *hand_over(unsigned to, void *block)
{
	return __atomic_exchange_n(&handed[to % THREADS], block, __ATOMIC_ACQ_REL);
}

static void *churn(unsigned self, unsigned i, void *block)
{
	if (i % 3 == 0)
		return hak_realloc(block, size_at(i));
	if (i % 3 == 1)
		block = hand_over(self + 1, block);
	hak_free(block);
	return hak_malloc(size_at(i));
}

static void *work(void *arg)
{
	unsigned self = (unsigned)(uintptr_t)arg;
	void *block[BLOCKS] = {NULL};

	for (unsigned i = 0; !load_relaxed(&stop); i++) {
		void **b = &block[i * 31 % BLOCKS];

		*b = churn(self, i, *b);
		require(*b, "no memory");
		memset(*b, (int)i, size_at(i));
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		hak_free(block[i]);
	return NULL;
}

static pthread_t threads[THREADS];

static void start_all(void)
{
	store_relaxed(&stop, false);
	for (uintptr_t i = 0; i < THREADS; i++)
		require(pthread_create(&threads[i], NULL, work, (void *)i) == 0,
			"a thread was refused");
}

static void join_all(void)
{
	store_relaxed(&stop, true);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < THREADS; i++)
		hak_free(hand_over(i, NULL));
}

static uint64_t samples(void)
{
	return load_relaxed(&stats_totals.profile_samples);
}

/* Until so many more samples were taken. */
static void wait_for_samples(uint64_t count)
{
	uint64_t before = samples();

	while (samples() - before < count)
		usleep(100);
}

START_TEST(nothing_lives_when_all_is_freed)
{
	ck_assert_int_eq(profiled_begin(MEAN, stack_of_one), 0);
	ck_assert_int_ne(profiled_begin(MEAN, stack_of_one), 0);
	start_all();
	wait_for_samples(10000);
	join_all();
	ck_assert_uint_eq(stats_totals.profile_live, 0);
	ck_assert_uint_eq(live_bytes(), 0);
}
END_TEST

/* Threads that run come to take part, and to stop, without a word of their own. */
START_TEST(begun_and_ended_under_load)
{
	start_all();
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(profiled_begin(MEAN, stack_of_one), 0);
		wait_for_samples(200);
		if (i != 49)
			profiled_end();
	}
	join_all();
	ck_assert_uint_eq(stats_totals.profile_live, 0);
	ck_assert_uint_eq(live_bytes(), 0);
	profiled_end();
}
END_TEST

/* One that finds all in its caches comes to no slow path of its own. */
static void *use_caches(void *unused)
{
	while (!load_relaxed(&stop)) {
		void *block = hak_malloc(64);

		__asm__ volatile("" : : "r"(block) : "memory");
		hak_free(block);
	}
	require(heap_self != &heap_sampled, "the thread still takes part");
	return unused;
}

START_TEST(a_thread_in_its_caches_takes_part)
{
	pthread_t thread;

	store_relaxed(&stop, false);
	pthread_create(&thread, NULL, use_caches, NULL);
	usleep(10000);
	profiled_begin(MEAN, stack_of_one);
	wait_for_samples(1000);
	profiled_end();
	usleep(10000);
	store_relaxed(&stop, true);
	pthread_join(thread, NULL);
}
END_TEST

/* ---- fork ---- */

/* The child samples on, and finds each of its samples again. */
static int run_child(void)
{
	uint64_t before = samples(), live = load_relaxed(&stats_totals.profile_live);
	void *block[1000];

	for (unsigned i = 0; i < 1000; i++)
		block[i] = hak_malloc(1000);
	if (samples() == before || stats_totals.profile_live == live)
		return 1;
	for (unsigned i = 0; i < 1000; i++)
		hak_free(block[i]);
	if (stats_totals.profile_live > live) /* less, if it got a place that was stale */
		return 2;
	profiled_end();
	if (profiled_begin(MEAN, stack_of_one) != 0 || stats_totals.profile_live != 0)
		return 3;
	return profile_is_inherited() ? 0 : 4;
}

START_TEST(children_sample_on)
{
	hak_free(hak_malloc(1)); /* registers the fork handlers */
	profiled_begin(MEAN, stack_of_one);
	start_all();
	for (int i = 0; i < (UNIT_THREAD_SANITIZED ? 5 : 100); i++) {
		int status;
		pid_t child = fork();

		if (child == 0)
			_exit(run_child());
		require(waitpid(child, &status, 0) == child && status == 0,
			"child %d ends with %#x", i, status);
	}
	join_all();
	ck_assert(!profile_is_inherited());
	ck_assert_uint_eq(stats_totals.profile_live, 0);
}
END_TEST

/* ---- threads that end ---- */

static pthread_key_t late;

static void free_late(void *block)
{
	hak_free(block);
	hak_free(hak_malloc(5000));
}

/* Leaves one block to a destructor that comes after the heap's own, one to its maker. */
static void *end_early(void *arg)
{
	pthread_setspecific(late, hak_malloc(5000));
	*(void **)arg = hak_malloc(5000);
	return NULL;
}

START_TEST(threads_end_as_usual)
{
	hak_free(hak_malloc(1)); /* the key of the heap is older */
	pthread_key_create(&late, free_late);
	profiled_begin(1, stack_of_one);
	for (int i = 0; i < 300; i++) {
		pthread_t thread;
		void *left = NULL;

		pthread_create(&thread, NULL, end_early, &left);
		pthread_join(thread, NULL);
		hak_free(left);
	}
	ck_assert_uint_ge(samples(), 600);
	ck_assert_uint_eq(stats_totals.profile_live, 0);
	profiled_end();
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
	ck_assert_uint_le(stats_now().heaps, 4);
}
END_TEST

/* ---- realloc ---- */

START_TEST(a_block_that_changes_counts_once)
{
	size_t sizes[] = {100, 90, 300, 5000, 4900, 70000, 200000, 190000, 3000000, 9000000, 10};
	void *block = NULL;

	profiled_begin(1, stack_of_one);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		block = hak_realloc(block, sizes[i]);
		ck_assert_uint_eq(stats_totals.profile_live, 1);
		/* What keeps its room keeps the size that it was counted with. */
		require(live_bytes() >= sizes[i] && live_bytes() <= 2 * sizes[i] + 16,
			"%zu bytes count as %zu", sizes[i], (size_t)live_bytes());
	}
	require(!hak_realloc(block, opaque_size(SIZE_MAX / 2)), "memory without end");
	ck_assert_uint_eq(stats_totals.profile_live, 1);
	ck_assert_ptr_null(hak_realloc(block, 0));
	ck_assert_uint_eq(stats_totals.profile_live, 0);
	ck_assert_uint_eq(live_bytes(), 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, nothing_lives_when_all_is_freed);
	tcase_add_test(t, begun_and_ended_under_load);
	tcase_add_test(t, a_thread_in_its_caches_takes_part);
	tcase_add_test(t, children_sample_on);
	tcase_add_test(t, threads_end_as_usual);
	tcase_add_test(t, a_block_that_changes_counts_once);
}

int main(void)
{
	return unit_run("profile_threads", fill);
}
