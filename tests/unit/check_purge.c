/* SPDX-License-Identifier: MIT */
/*
 * Memory goes back to the system when it is freed, without a further call,
 * and all of it with hak_purge().  Measured as what is resident.
 */
#include "unit.h"

#include <inttypes.h>
#include <pthread.h>

#include "options/options.h"

#define BURST (200 * MIB)
#define BLOCKS_MAX ((size_t)200000)

/* How much more than before may stay: a quarter of it and 4 MiB. */
#define KEPT_LIMIT(before) ((before) / 4 + 4 * MIB)

struct burst {
	void *block[BLOCKS_MAX];
	size_t count;
	size_t least; /* sizes are random from here */
	size_t most;  /* to here */
};

static struct burst burst;

static void allocate_burst(size_t least, size_t most)
{
	uint64_t random = least;
	size_t total = 0;

	for (burst.count = 0; total < BURST; burst.count++) {
		size_t size = least + random_next(&random) % (most - least + 1);
		char *block = hak_malloc(size);

		require(block && burst.count < BLOCKS_MAX, "%zu bytes refused",
			size);
		for (size_t i = 0; i < size; i += 4096)
			block[i] = 1;
		block[size - 1] = 1;
		burst.block[burst.count] = block;
		total += size;
	}
}

static void free_burst(void)
{
	for (size_t i = 0; i < burst.count; i++)
		hak_free(burst.block[i]);
}

/* Fisher and Yates: the worst order, every slab stays in use to the end. */
static void shuffle_burst(void)
{
	uint64_t random = 1;

	for (size_t i = burst.count - 1; i > 0; i--) {
		size_t j = random_next(&random) % (i + 1);
		void *block = burst.block[i];

		burst.block[i] = burst.block[j];
		burst.block[j] = block;
	}
}

/* The test's own memory must not show up as growth. */
static size_t settled(void)
{
	for (size_t i = 0; i < BLOCKS_MAX; i++)
		burst.block[i] = &burst;
	hak_free(hak_malloc(1));
	return resident_bytes();
}

static void require_returned(size_t before)
{
	size_t now = resident_bytes();

	require(now <= before + KEPT_LIMIT(before),
		"%zu KiB were resident before, %zu KiB after all was freed",
		before / KIB, now / KIB);
}

static void check_burst(size_t least, size_t most, void (*arrange)(void))
{
	size_t before = settled();

	allocate_burst(least, most);
	require(resident_bytes() >= before + BURST, "the burst is not resident");
	arrange();
	free_burst();
	require_returned(before);
}

static void as_they_are(void)
{
}

START_TEST(small_blocks_go_back)
{
	check_burst(64, 4000, as_they_are);
}
END_TEST

START_TEST(small_blocks_go_back_from_any_order)
{
	check_burst(64, 4000, shuffle_burst);
}
END_TEST

/* ---- pages of slabs that are in use ---- */

static void fill_and_thin(size_t size, size_t one_in)
{
	allocate_burst(size, size);
	for (size_t i = 0; i < burst.count; i++) {
		memset(burst.block[i], (int)i, size);
		if (i % one_in != 0)
			hak_free(burst.block[i]);
	}
}

static void require_survivors(size_t size, size_t one_in)
{
	for (size_t i = 0; i < burst.count; i += one_in) {
		const unsigned char *byte = burst.block[i];

		for (size_t k = 0; k < size; k++)
			require(byte[k] == (unsigned char)i, "byte %zu of block %zu", k, i);
		hak_free(burst.block[i]);
	}
}

/* Blocks that stay hold the pages that they lie on, and hardly more. */
static size_t thinned_limit(size_t size, size_t one_in)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t pages = (size + page - 1) / page + 1;

	return (burst.count / one_in + 1) * pages * page + 4 * MIB;
}

static void check_thinned(size_t size, size_t one_in)
{
	size_t before = settled(), limit, now;
	void *again[1000];

	fill_and_thin(size, one_in);
	hak_purge();
	limit = before + thinned_limit(size, one_in);
	now = resident_bytes();
	require(now <= limit, "%zu KiB are resident, not %zu", now / KIB, limit / KIB);
	for (size_t i = 0; i < COUNT_OF(again); i++)
		again[i] = memset(hak_malloc(size), 0xee, size);
	require_survivors(size, one_in);
	for (size_t i = 0; i < COUNT_OF(again); i++)
		hak_free(again[i]);
}

START_TEST(few_blocks_hold_few_pages)
{
	check_thinned(1100, 100);
	check_thinned(2000, 500);
	check_thinned(6000, 30);
	check_thinned(20000, 10);
}
END_TEST

/* Work that goes past the caches, until so much is resident at most. */
static void work_until(size_t limit)
{
	for (unsigned i = 0; i < 10000 && resident_bytes() > limit; i++) {
		hak_free(hak_malloc(100 * KIB));
		usleep(1000);
	}
	ck_assert_uint_le(resident_bytes(), limit);
}

/* The same without a call. */
START_TEST(sparse_slabs_are_thinned_in_time)
{
	size_t before = settled();

	fill_and_thin(4000, 50);
	work_until(before + thinned_limit(4000, 50) + KEPT_LIMIT(before));
	require_survivors(4000, 50);
}
END_TEST

/* Of `count` small blocks from burst.block on, frees all but each 60th. */
static void thin_blocks(size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (i % 60 != 30)
			hak_free(burst.block[i]);
}

#define OWNERS 400u
#define OWNED 120u
static pthread_barrier_t owners;
static void *allocate_owned(void *first)
{
	void **block = first;

	pthread_barrier_wait(&owners);
	for (size_t i = 0; i < OWNED; i++)
		block[i] = memset(hak_malloc(1000), 1, 1000);
	pthread_barrier_wait(&owners);
	return NULL;
}

/* Each of many heaps has little, and none of them a thread. */
START_TEST(sparse_slabs_of_the_dead_are_thinned)
{
	size_t before = settled();
	pthread_t thread[OWNERS];

	pthread_barrier_init(&owners, NULL, OWNERS);
	for (size_t i = 0; i < OWNERS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, allocate_owned,
						&burst.block[i * OWNED]), 0);
	for (size_t i = 0; i < OWNERS; i++)
		pthread_join(thread[i], NULL);
	thin_blocks(OWNERS * OWNED);
	work_until(before + OWNERS * OWNED * 1000 / 2);
}
END_TEST

/* They were within the bound of a process that has much else. */
START_TEST(sparse_slabs_are_thinned_as_live_shrinks)
{
	size_t before = settled();
	char *huge[20];

	for (size_t i = 0; i < COUNT_OF(huge); i++)
		huge[i] = hak_malloc(50 * MIB);
	for (size_t i = 0; i < 22000; i++)
		burst.block[i] = memset(hak_malloc(1000), 1, 1000);
	thin_blocks(22000);
	for (unsigned i = 0; i < 300; i++) { /* so that this is looked at */
		hak_free(hak_malloc(100 * KIB));
		usleep(1000);
	}
	for (size_t i = 0; i < COUNT_OF(huge); i++)
		hak_free(memset(huge[i], 1, 5 * MIB));
	work_until(before + 10 * MIB);
}
END_TEST

/* Other sizes do not make it larger, at once: what it takes, sparse slabs give back. */
START_TEST(growth_is_paid_by_sparse_slabs)
{
	size_t before = settled(), limit = before + BURST + BURST / 4;
	void *other[64];

	fill_and_thin(4000, 50);
	for (size_t i = 0; i < COUNT_OF(other); i++)
		other[i] = memset(hak_malloc(2 * MIB), 1, 2 * MIB);
	ck_assert_uint_le(resident_bytes(), limit);
	for (size_t i = 0; i < COUNT_OF(other); i++)
		hak_free(other[i]);
	require_survivors(4000, 50);
}
END_TEST

/* First two blocks of five go, then nearly all others. */
START_TEST(thin_slabs_are_thinned_again)
{
	size_t before = settled();

	allocate_burst(4000, 4000);
	for (size_t i = 0; i < burst.count; i++) {
		memset(burst.block[i], (int)i, 4000);
		if (i % 5 == 1 || i % 5 == 3)
			hak_free(burst.block[i]);
	}
	work_until(before + BURST - BURST / 8);
	for (size_t i = 0; i < burst.count; i++)
		if (i % 50 != 0 && i % 5 != 1 && i % 5 != 3)
			hak_free(burst.block[i]);
	work_until(before + thinned_limit(4000, 50) + KEPT_LIMIT(before));
	require_survivors(4000, 50);
}
END_TEST

START_TEST(pool_blocks_go_back)
{
	check_burst(8 * KIB, 52 * KIB, as_they_are);
}
END_TEST

START_TEST(pool_blocks_go_back_from_any_order)
{
	check_burst(8 * KIB, 52 * KIB, shuffle_burst);
}
END_TEST

START_TEST(large_blocks_go_back)
{
	check_burst(60 * KIB, MIB, shuffle_burst);
}
END_TEST

/* What was soon wanted again is kept longer, but not for ever. */
START_TEST(repeated_bursts_go_back)
{
	size_t before = settled();

	for (int i = 0; i < 4; i++) {
		allocate_burst(64, 4000);
		free_burst();
	}
	require_returned(before);
}
END_TEST

/* The bound on free memory that was wanted again and again, and some room. */
#define WIDENED_LIMIT (34 * MIB)

/* Lists of changing length, which now and then need more than the thread's cache. */
static void small_work(unsigned milliseconds)
{
	static void *list[1000];
	uint64_t random = 7;

	for (unsigned now = 0; now < milliseconds; now += 10) {
		size_t count = random_next(&random) % COUNT_OF(list);

		for (size_t i = 0; i < count; i++)
			list[i] = hak_malloc(1 + random_next(&random) % 3000);
		for (size_t i = 0; i < count; i++)
			hak_free(list[i]);
		usleep(10000);
	}
}

/*
 * A heap that goes up and down many times keeps a bounded part of it for a second,
 * and gives it back while the program does something else.
 */
static void require_narrowed(size_t before)
{
	require(resident_bytes() <= before + WIDENED_LIMIT + KEPT_LIMIT(before),
		"%zu KiB are resident at once", resident_bytes() / KIB);
	small_work(2500);
	require_returned(before);
}

static void check_rounds(size_t least, size_t most, int rounds)
{
	size_t before = settled();

	for (int i = 0; i < rounds; i++) {
		allocate_burst(least, most);
		free_burst();
	}
	require_narrowed(before);
}

START_TEST(rounds_of_small_blocks_go_back)
{
	check_rounds(64, 4000, 12);
}
END_TEST

START_TEST(rounds_of_huge_blocks_go_back)
{
	check_rounds(10 * MIB, 20 * MIB, 12);
}
END_TEST

START_TEST(rounds_of_one_huge_block_go_back)
{
	size_t before = settled();

	for (int i = 0; i < 12; i++) {
		char *block = hak_malloc(BURST);

		memset(block, 1, BURST);
		hak_free(block);
	}
	require_narrowed(before);
}
END_TEST

START_TEST(huge_blocks_go_back)
{
	check_burst(MIB + 1, 9 * MIB, shuffle_burst);
}
END_TEST

static void *allocate_small(void *arg)
{
	allocate_burst(64, 4000);
	return arg;
}

/* What a dead thread left, freed by another. */
START_TEST(blocks_of_a_dead_thread_go_back)
{
	size_t before = settled();
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, allocate_small, NULL), 0);
	pthread_join(thread, NULL);
	free_burst();
	require_returned(before);
}
END_TEST

static void *free_all(void *arg)
{
	free_burst();
	return arg;
}

/* Freed by others while the owner did nothing; it looks in and all is gone. */
START_TEST(blocks_freed_by_another_thread_go_back)
{
	size_t before = settled();
	pthread_t thread;

	allocate_burst(64, 4000);
	ck_assert_int_eq(pthread_create(&thread, NULL, free_all, NULL), 0);
	pthread_join(thread, NULL);
	hak_thread_flush();
	require_returned(before);
}
END_TEST

START_TEST(purge_gives_back_the_rest)
{
	size_t before = settled(), given;

	allocate_burst(64, 4000);
	free_burst();
	given = hak_purge();
	ck_assert_uint_gt(given, 0);
	ck_assert_uint_le(stats_now().retained, 256 * KIB);
	ck_assert_uint_ge(stats_now().purged, BURST);
	require(resident_bytes() <= before + 2 * MIB,
		"%zu KiB were resident before, %zu KiB after hak_purge()",
		before / KIB, resident_bytes() / KIB);
	ck_assert_uint_le(hak_purge(), 256 * KIB);
}
END_TEST

/* ---- what threads that idle hold ---- */

#define IDLERS 32
#define IDLER_BURST (8 * MIB)
#define IDLER_LIMIT (2 * MIB)

static pthread_barrier_t idlers;

static void idler_burst(void **own)
{
	uint64_t random = 1;
	size_t total = 0, count = 0;

	while (total < IDLER_BURST) {
		size_t size = 64 + random_size(&random, 15);

		own[count] = hak_malloc(size);
		pattern_fill(own[count++], size, 1);
		total += size;
	}
	while (count > 0)
		hak_free(own[--count]);
}

/* What is resident while `count` threads idle, each started with its argument. */
static size_t resident_beside(size_t count, void *(*thread)(void *), void **arg)
{
	static pthread_t threads[200];
	size_t now;

	pthread_barrier_init(&idlers, NULL, (unsigned)count + 1);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, thread, arg[i]), 0);
	pthread_barrier_wait(&idlers);
	now = resident_bytes();
	pthread_barrier_wait(&idlers);
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return now;
}

static void *idle(void *arg)
{
	idler_burst(arg);
	pthread_barrier_wait(&idlers); /* measured between these two */
	pthread_barrier_wait(&idlers);
	return arg;
}

static void *wait_with_a_heap(void *unused)
{
	hak_free(hak_malloc(1));
	pthread_barrier_wait(&idlers);
	pthread_barrier_wait(&idlers);
	return unused;
}

START_TEST(caches_of_threads_are_bounded)
{
	static void *own[IDLERS][IDLER_BURST / 64], *arg[IDLERS];
	size_t before = settled(), now;

	for (size_t i = 0; i < IDLERS; i++)
		arg[i] = own[i];
	now = resident_beside(IDLERS, idle, arg);
	require(now <= before + IDLERS * IDLER_LIMIT + KEPT_LIMIT(before),
		"%d idle threads hold %zu KiB", IDLERS, (now - before) / KIB);
}
END_TEST

/* How many batches it takes to replace blocks at random. */
static uint64_t refills_of_replacing(void)
{
	static void *slot[200];
	uint64_t random = 1, before = stats_now().refills;

	for (int i = 0; i < 100000; i++) {
		size_t at = random_next(&random) % COUNT_OF(slot);

		hak_free(slot[at]);
		slot[at] = hak_malloc(8000 + random_next(&random) % 40000);
	}
	for (size_t i = 0; i < COUNT_OF(slot); i++) {
		hak_free(slot[i]);
		slot[i] = NULL;
	}
	return stats_now().refills - before;
}

/* Beside many threads, without and with a heap of which it is a small part. */
START_TEST(caches_grow_with_the_heap)
{
	pthread_t threads[IDLERS];
	uint64_t small, large;
	void *heap;

	option_values[OPTION_THREAD_CACHE_TOTAL] = 1;
	pthread_barrier_init(&idlers, NULL, IDLERS + 1);
	for (int i = 0; i < IDLERS; i++)
		pthread_create(&threads[i], NULL, wait_with_a_heap, NULL);
	pthread_barrier_wait(&idlers);
	small = refills_of_replacing();
	heap = hak_malloc(512 * MIB);
	ck_assert_ptr_nonnull(heap);
	large = refills_of_replacing();
	hak_free(heap);
	pthread_barrier_wait(&idlers);
	for (int i = 0; i < IDLERS; i++)
		pthread_join(threads[i], NULL);
	require(large < small / 4, "%" PRIu64 " and %" PRIu64 " refills", small,
		large);
}
END_TEST

/* ---- what a thread holds that allocated a little, once ---- */

#define SLEEPERS 200
#define SLEEPER_BURST (100 * KIB)
#define SLEEPER_LIMIT (64 * KIB)

/* Sizes of one kind each, so that all of it can go back. */
static void *sleep_after_burst(void *arg)
{
	size_t size = *(size_t *)arg, count = SLEEPER_BURST / size;
	void *own[SLEEPER_BURST / 64];

	for (size_t i = 0; i < count; i++)
		own[i] = memset(hak_malloc(size), 1, size);
	while (count > 0)
		hak_free(own[--count]);
	pthread_barrier_wait(&idlers);
	pthread_barrier_wait(&idlers);
	return arg;
}

START_TEST(threads_that_sleep_hold_little)
{
	static size_t sizes[] = {64, 1000, 10000};
	static void *arg[SLEEPERS];
	size_t before = settled(), now;

	for (size_t i = 0; i < SLEEPERS; i++)
		arg[i] = &sizes[i % COUNT_OF(sizes)];
	now = resident_beside(SLEEPERS, sleep_after_burst, arg);
	require(now <= before + SLEEPERS * SLEEPER_LIMIT + KEPT_LIMIT(before),
		"%d sleeping threads hold %zu KiB", SLEEPERS, (now - before) / KIB);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, small_blocks_go_back);
	tcase_add_test(t, small_blocks_go_back_from_any_order);
	tcase_add_test(t, few_blocks_hold_few_pages);
	tcase_add_test(t, sparse_slabs_are_thinned_in_time);
	tcase_add_test(t, sparse_slabs_of_the_dead_are_thinned);
	tcase_add_test(t, sparse_slabs_are_thinned_as_live_shrinks);
	tcase_add_test(t, growth_is_paid_by_sparse_slabs);
	tcase_add_test(t, thin_slabs_are_thinned_again);
	tcase_add_test(t, pool_blocks_go_back);
	tcase_add_test(t, pool_blocks_go_back_from_any_order);
	tcase_add_test(t, large_blocks_go_back);
	tcase_add_test(t, repeated_bursts_go_back);
	tcase_add_test(t, rounds_of_small_blocks_go_back);
	tcase_add_test(t, rounds_of_huge_blocks_go_back);
	tcase_add_test(t, rounds_of_one_huge_block_go_back);
	tcase_add_test(t, huge_blocks_go_back);
	tcase_add_test(t, blocks_of_a_dead_thread_go_back);
	tcase_add_test(t, blocks_freed_by_another_thread_go_back);
	tcase_add_test(t, purge_gives_back_the_rest);
	tcase_add_test(t, caches_of_threads_are_bounded);
	tcase_add_test(t, caches_grow_with_the_heap);
	tcase_add_test(t, threads_that_sleep_hold_little);
}

int main(void)
{
	if (UNIT_SANITIZED) {
		puts("what is resident is the sanitizer's memory too");
		return UNIT_SKIPPED;
	}
	return unit_run("purge", fill);
}
