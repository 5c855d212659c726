/* SPDX-License-Identifier: MIT */
/* Threads that are born, pass blocks around and die. */
#include "unit.h"

#include <pthread.h>

/* A batch has blocks of this many sizes, from one byte to Large. */
#define SIZES 16
#define BLOCKS (20 * SIZES)

static size_t size_of(size_t i)
{
	static const size_t sizes[SIZES] = {1,	  16,	24,   40,   64,	   100,
					    200,  500,	800,  1024, 2000,  4096,
					    5000, 6000, 9000, 60000};

	return sizes[i % SIZES];
}

/* So many blocks that belong together; `seed` tells them from others. */
struct batch {
	void *block[BLOCKS];
	uint64_t seed;
};

static void batch_make(struct batch *b, uint64_t seed)
{
	b->seed = seed;
	for (size_t i = 0; i < BLOCKS; i++) {
		b->block[i] = hak_malloc(size_of(i));
		require(b->block[i], "hak_malloc(%zu) failed", size_of(i));
		pattern_fill(b->block[i], size_of(i), seed + i);
	}
}

/* Every `step`-th block from `first` on. */
static void batch_free(struct batch *b, size_t first, size_t step)
{
	for (size_t i = first; i < BLOCKS; i += step) {
		pattern_require(b->block[i], size_of(i), b->seed + i);
		hak_free(b->block[i]);
	}
}

static pthread_t start(void *(*work)(void *), void *arg)
{
	pthread_t thread;

	require(pthread_create(&thread, NULL, work, arg) == 0,
		"a thread was refused");
	return thread;
}

static void run(void *(*work)(void *), void *arg)
{
	pthread_join(start(work, arg), NULL);
}

static void *make_batch(void *arg)
{
	batch_make(arg, (uint64_t)(uintptr_t)arg);
	return NULL;
}

START_TEST(blocks_outlive_their_thread)
{
	static struct batch batches[10];

	for (size_t i = 0; i < COUNT_OF(batches); i++)
		run(make_batch, &batches[i]);
	for (size_t i = 0; i < COUNT_OF(batches); i++)
		batch_free(&batches[i], 0, 1);
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

/* Blocks of one size, 2 MiB of them, kept by a thread that dies. */
struct estate {
	size_t size;
	size_t count;
	void *block[2 * MIB / 64];
};

static void estate_fill(struct estate *e, size_t first, size_t step)
{
	for (size_t i = first; i < e->count; i += step) {
		e->block[i] = hak_malloc(e->size);
		pattern_fill(e->block[i], e->size, i);
	}
}

static void estate_empty(struct estate *e, size_t first, size_t step)
{
	for (size_t i = first; i < e->count; i += step) {
		pattern_require(e->block[i], e->size, i);
		hak_free(e->block[i]);
	}
}

static void *leave_half(void *arg)
{
	estate_fill(arg, 0, 1);
	estate_empty(arg, 0, 2);
	return NULL;
}

/* The half that a dead thread left free is filled before more is mapped. */
static void check_adoption(size_t size)
{
	static struct estate e;
	void *own = hak_malloc(size); /* this thread has a slab already */
	hak_stats_t before, after;

	e.size = size;
	e.count = 2 * MIB / size;
	run(leave_half, &e);
	before = stats_now();
	estate_fill(&e, 0, 2);
	after = stats_now();
	require(after.adoptions > before.adoptions,
		"no slab of %zu bytes was adopted", size);
	require(after.active <= before.active + 512 * KIB,
		"%zu bytes were taken for blocks of %zu, which were there",
		(size_t)(after.active - before.active), size);
	estate_empty(&e, 0, 1);
	hak_free(own);
}

START_TEST(slabs_of_dead_threads_are_adopted)
{
	check_adoption(64);
	check_adoption(1000);
	check_adoption(7000);
}
END_TEST

/* A block of each of eight sizes, freed at once. */
static void *use_briefly(void *arg)
{
	void *block[8];

	for (size_t i = 0; i < COUNT_OF(block); i++)
		block[i] = hak_malloc((size_t)16 << i);
	for (size_t i = 0; i < COUNT_OF(block); i++)
		hak_free(block[i]);
	return arg;
}

/* How many P0 batches a short thread needs. */
static uint64_t refills_of_short_thread(void)
{
	uint64_t before = stats_now().refills;

	run(use_briefly, NULL);
	return stats_now().refills - before;
}

static void *leave_all(void *arg)
{
	estate_fill(arg, 0, 1);
	return NULL;
}

START_TEST(a_short_thread_finds_the_caches_of_the_last)
{
	static struct estate e = {.size = 1000, .count = 2 * MIB / 1000};
	uint64_t active;

	refills_of_short_thread();
	ck_assert_uint_eq(refills_of_short_thread(), 0);
	/* One that leaves much behind leaves no caches. */
	run(leave_all, &e);
	ck_assert_uint_gt(refills_of_short_thread(), 0);
	estate_empty(&e, 0, 1);
	/* They hold memory until a purge. */
	hak_purge();
	active = stats_now().active;
	refills_of_short_thread();
	ck_assert_uint_gt(stats_now().active, active);
	hak_purge();
	ck_assert_uint_eq(stats_now().active, active);
	ck_assert_uint_gt(refills_of_short_thread(), 0);
}
END_TEST

static void *make_and_free(void *arg)
{
	static __thread struct batch own;

	batch_make(&own, (uint64_t)(uintptr_t)arg);
	batch_free(&own, 0, 1);
	return NULL;
}

START_TEST(short_threads_do_not_add_up)
{
	uint64_t mapped, heaps;

	for (int i = 0; i < 20; i++)
		run(make_and_free, NULL);
	mapped = stats_now().mapped;
	heaps = stats_now().heaps;
	for (int i = 0; i < 500; i++)
		run(make_and_free, NULL);
	ck_assert_uint_le(stats_now().mapped, mapped);
	ck_assert_uint_eq(stats_now().heaps, heaps);
	ck_assert_uint_le(stats_now().heaps_live, 1);
}
END_TEST

/* A heap that dies with live blocks must be taken over, not replaced. */
START_TEST(short_threads_with_survivors_do_not_add_up)
{
	static struct batch batch;
	uint64_t mapped = 0;

	for (int i = 0; i < 200; i++) {
		run(make_batch, &batch);
		batch_free(&batch, 0, 1);
		if (i == 20)
			mapped = stats_now().mapped;
	}
	ck_assert_uint_le(stats_now().mapped, mapped + 2 * MIB);
	ck_assert_uint_le(stats_now().heaps, 4);
}
END_TEST

/* ---- after the heap's own destructor ---- */

/* All that there are; in the last one a sanitizer has closed its books. */
#define LATE_ROUNDS (UNIT_SANITIZED ? 3 : 4)

struct late {
	pthread_key_t key;
	int round;
	void *block;
};

/* Frees and allocates in each round of destructors, ours included. */
static void late_destructor(void *arg)
{
	struct late *late = arg;

	pattern_require(late->block, 200, (uint64_t)late->round);
	hak_free(late->block);
	late->block = hak_malloc(200);
	pattern_fill(late->block, 200, (uint64_t)++late->round);
	if (late->round < LATE_ROUNDS)
		pthread_setspecific(late->key, late);
}

static void *leave_late(void *arg)
{
	struct late *late = arg;

	late->round = 0;
	late->block = hak_malloc(200);
	pattern_fill(late->block, 200, 0);
	pthread_setspecific(late->key, late);
	return NULL;
}

static void check_late(pthread_key_t key)
{
	struct late late = {.key = key};

	for (int i = 0; i < 50; i++) {
		run(leave_late, &late);
		require(late.round == LATE_ROUNDS, "%d rounds", late.round);
		pattern_require(late.block, 200, LATE_ROUNDS);
		hak_free(late.block);
	}
}

START_TEST(destructors_may_free_and_allocate)
{
	pthread_key_t before, after;

	ck_assert_int_eq(pthread_key_create(&before, late_destructor), 0);
	hak_free(hak_malloc(1)); /* the library makes its key now */
	ck_assert_int_eq(pthread_key_create(&after, late_destructor), 0);
	check_late(before);
	check_late(after);
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
	ck_assert_uint_le(stats_now().heaps, 4);
}
END_TEST

static void first_use_destructor(void *arg)
{
	hak_free(arg);
	hak_free(hak_malloc(5000));
}

static void *use_in_destructor_only(void *arg)
{
	pthread_setspecific(*(pthread_key_t *)arg, hak_malloc(300));
	return NULL;
}

static void *use_nothing(void *arg)
{
	pthread_setspecific(*(pthread_key_t *)arg, arg);
	return NULL;
}

static void allocate_first_here(void *arg)
{
	(void)arg;
	hak_free(hak_malloc(77));
}

START_TEST(a_first_allocation_may_come_in_a_destructor)
{
	pthread_key_t late, only;

	ck_assert_int_eq(pthread_key_create(&late, first_use_destructor), 0);
	ck_assert_int_eq(pthread_key_create(&only, allocate_first_here), 0);
	for (int i = 0; i < 100; i++) {
		run(use_in_destructor_only, &late);
		run(use_nothing, &only);
	}
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
	ck_assert_uint_le(stats_now().heaps, 4);
}
END_TEST

/* ---- producer and consumer ---- */

#define RING 512

/* One producer, one consumer, a fixed number of places. */
struct ring {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void *block[RING]; /* under the lock, as are these two */
	uint64_t put;
	uint64_t taken;
};

static void ring_put(struct ring *r, void *block)
{
	pthread_mutex_lock(&r->lock);
	while (r->put - r->taken == RING)
		pthread_cond_wait(&r->changed, &r->lock);
	r->block[r->put++ % RING] = block;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

static void *ring_take(struct ring *r)
{
	void *block;

	pthread_mutex_lock(&r->lock);
	while (r->put == r->taken)
		pthread_cond_wait(&r->changed, &r->lock);
	block = r->block[r->taken++ % RING];
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
	return block;
}

static struct ring there = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
			    {NULL}, 0, 0};
static struct ring back = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
			   {NULL}, 0, 0};

#define PASSES 200000

static size_t pass_size(uint64_t i)
{
	return 8 + (size_t)(i * 7919 % 1500);
}

static void send(struct ring *to, uint64_t i)
{
	void *block = hak_malloc(pass_size(i));

	pattern_fill(block, pass_size(i), i);
	ring_put(to, block);
}

static void receive(struct ring *from, uint64_t i)
{
	void *block = ring_take(from);

	pattern_require(block, pass_size(i), i);
	hak_free(block);
}

static void *produce(void *arg)
{
	uint64_t passes = *(uint64_t *)arg;

	for (uint64_t i = 0; i < passes; i++)
		send(&there, i);
	return NULL;
}

#define BURST 100

static void send_burst(struct ring *to)
{
	for (uint64_t i = 0; i < BURST; i++)
		send(to, i);
}

static void receive_burst(struct ring *from)
{
	for (uint64_t i = 0; i < BURST; i++)
		receive(from, i);
}

static void *answer(void *arg)
{
	uint64_t passes = *(uint64_t *)arg;

	for (uint64_t i = 0; i < passes; i += BURST) {
		receive_burst(&there);
		send_burst(&back);
	}
	return NULL;
}

START_TEST(memory_comes_back_from_a_consumer)
{
	uint64_t passes = unit_ops(PASSES);
	pthread_t producer = start(produce, &passes);

	for (uint64_t i = 0; i < passes; i++)
		receive(&there, i);
	pthread_join(producer, NULL);
	ck_assert_uint_ge(stats_now().remote_frees, passes / 2);
	ck_assert_uint_gt(stats_now().drained, 0);
	ck_assert_uint_le(stats_now().mapped, 32 * MIB);
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

START_TEST(memory_comes_back_both_ways)
{
	uint64_t passes = unit_ops(PASSES);
	pthread_t other = start(answer, &passes);

	for (uint64_t i = 0; i < passes; i += BURST) {
		send_burst(&there);
		receive_burst(&back);
	}
	pthread_join(other, NULL);
	ck_assert_uint_le(stats_now().mapped, 32 * MIB);
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

/* ---- many at once ---- */

#define CROWD 200

static pthread_barrier_t crowd_barrier;
static struct batch crowd_batch[CROWD];

static void *join_crowd(void *arg)
{
	struct batch *own = arg;
	size_t next = (size_t)(own - crowd_batch + 1) % CROWD;

	pthread_barrier_wait(&crowd_barrier);
	batch_make(own, (uint64_t)(own - crowd_batch) << 32);
	batch_free(own, 0, 2);
	pthread_barrier_wait(&crowd_barrier);
	batch_free(&crowd_batch[next], 1, 2);
	return NULL;
}

START_TEST(two_hundred_threads_at_once)
{
	pthread_t threads[CROWD];

	pthread_barrier_init(&crowd_barrier, NULL, CROWD);
	for (int i = 0; i < CROWD; i++)
		threads[i] = start(join_crowd, &crowd_batch[i]);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
	ck_assert_uint_le(stats_now().heaps_live, 1);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, blocks_outlive_their_thread);
	tcase_add_test(t, slabs_of_dead_threads_are_adopted);
	tcase_add_test(t, a_short_thread_finds_the_caches_of_the_last);
	tcase_add_test(t, short_threads_do_not_add_up);
	tcase_add_test(t, short_threads_with_survivors_do_not_add_up);
	tcase_add_test(t, destructors_may_free_and_allocate);
	tcase_add_test(t, a_first_allocation_may_come_in_a_destructor);
	tcase_add_test(t, memory_comes_back_from_a_consumer);
	tcase_add_test(t, memory_comes_back_both_ways);
	tcase_add_test(t, two_hundred_threads_at_once);
}

int main(void)
{
	return unit_run("threads", fill);
}
