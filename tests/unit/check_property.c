/* SPDX-License-Identifier: MIT */
/*
 * Random operations on several threads over one table of blocks.
 *
 * What must hold: each block is aligned, has the usable size it should, comes
 * zeroed when that was asked, and carries its pattern until somebody, of
 * whatever thread, checks and frees it.  Two blocks that overlap destroy each
 * other's pattern.  HAK_TEST_OPS and HAK_TEST_SEED choose another run.
 */
#include "unit.h"

#include <pthread.h>

#define THREADS 4
#define SLOTS 4096
#define OPS 2000000

struct slot {
	pthread_mutex_t lock; /* guards all below */
	void *block;	      /* NULL: nothing here */
	size_t size;
	uint64_t seed;
};

struct worker {
	pthread_t thread;
	uint64_t random;
	uint64_t ops;
};

static struct slot slots[SLOTS];

/* The pattern depends on the place, so that a stale copy does not pass. */
static uint64_t place_seed(const struct slot *s)
{
	return s->seed ^ (uint64_t)(uintptr_t)s->block;
}

static void mark(struct slot *s)
{
	mark_fill(s->block, s->size, place_seed(s));
}

/* The first `size` bytes of what mark() wrote, found at `block` now. */
static void verify_at(const struct slot *s, const void *block, size_t size)
{
	size_t end = mark_end(block, s->size, size, place_seed(s));

	require(end == size, "block %p of %zu bytes changed near byte %zu",
		block, size, end);
}

static void verify(const struct slot *s)
{
	verify_at(s, s->block, s->size);
	require(hak_usable_size(s->block) >= s->size,
		"block %p of %zu bytes has %zu", s->block, s->size,
		hak_usable_size(s->block));
}

/* Mostly small, all classes, now and then Large and Huge. */
static size_t pick_size(uint64_t *random)
{
	uint64_t dice = random_next(random) % 1000;

	if (dice < 900)
		return random_size(random, 10);
	if (dice < 985)
		return random_size(random, 16);
	return random_size(random, dice < 998 ? 20 : 22);
}

static void keep(struct slot *s, void *block, size_t size, uint64_t seed,
		 size_t alignment)
{
	require(block, "a block of %zu bytes was refused", size);
	require(is_aligned(block, alignment),
		"the block %p of %zu bytes is not aligned to %zu", block, size,
		alignment);
	s->block = block;
	s->size = size;
	s->seed = seed;
	mark(s);
}

static void place_zeroed(struct slot *s, uint64_t *random)
{
	size_t size = pick_size(random);
	void *block = hak_calloc(1, size);

	require(block && zero_end(block, size) == size,
		"hak_calloc(1, %zu) at %p is not zero throughout", size, block);
	keep(s, block, size, random_next(random), least_alignment(size));
}

static void place_aligned(struct slot *s, uint64_t *random)
{
	size_t alignment = (size_t)16 << random_next(random) % 13;
	size_t size = pick_size(random);

	keep(s, hak_aligned_alloc(alignment, size), size, random_next(random),
	     alignment);
}

static void place(struct slot *s, uint64_t *random)
{
	uint64_t dice = random_next(random) % 16;
	size_t size;

	if (dice == 0) {
		place_aligned(s, random);
	} else if (dice < 4) {
		place_zeroed(s, random);
	} else {
		size = pick_size(random);
		keep(s, hak_malloc(size), size, random_next(random),
		     least_alignment(size));
	}
}

static void resize(struct slot *s, uint64_t *random)
{
	size_t size = pick_size(random) + 1;
	size_t kept = size < s->size ? size : s->size;
	struct slot before = *s;
	void *block = hak_realloc(s->block, size);

	require(block, "hak_realloc to %zu bytes failed", size);
	verify_at(&before, block, kept);
	keep(s, block, size, random_next(random), least_alignment(size));
}

static void drop(struct slot *s)
{
	hak_free(s->block);
	s->block = NULL;
}

static void operate(struct slot *s, uint64_t *random)
{
	if (!s->block) {
		place(s, random);
		return;
	}
	verify(s);
	if (random_next(random) % 8 == 0)
		resize(s, random);
	else
		drop(s);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (uint64_t i = 0; i < w->ops; i++) {
		struct slot *s = &slots[random_next(&w->random) % SLOTS];

		pthread_mutex_lock(&s->lock);
		operate(s, &w->random);
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

static void start(struct worker *workers, uint64_t ops, uint64_t seed)
{
	for (size_t i = 0; i < THREADS; i++) {
		workers[i].random = seed + i * 1000003;
		workers[i].ops = ops / THREADS;
		require(pthread_create(&workers[i].thread, NULL, work,
				       &workers[i]) == 0,
			"thread %zu of %d was refused", i, THREADS);
	}
}

static void empty_table(void)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].block) {
			verify(&slots[i]);
			drop(&slots[i]);
		}
}

/* The second round works on what the threads of the first left behind. */
START_TEST(blocks_keep_their_contents)
{
	uint64_t seed = unit_setting("HAK_TEST_SEED", 1);
	struct worker workers[THREADS];

	for (size_t i = 0; i < SLOTS; i++)
		pthread_mutex_init(&slots[i].lock, NULL);
	for (uint64_t round = 0; round < 4; round++) {
		start(workers, unit_ops(OPS) / 4, seed + round);
		for (size_t i = 0; i < THREADS; i++)
			pthread_join(workers[i].thread, NULL);
	}
	empty_table();
	hak_thread_flush(); /* what others own leaves the outbox */
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

/* One thread and no other, where the order of all operations is fixed. */
START_TEST(blocks_keep_their_contents_on_one_thread)
{
	struct worker w = {
		.random = unit_setting("HAK_TEST_SEED", 2),
		.ops = unit_ops(OPS) / 4,
	};

	for (size_t i = 0; i < SLOTS; i++)
		pthread_mutex_init(&slots[i].lock, NULL);
	work(&w);
	empty_table();
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, blocks_keep_their_contents_on_one_thread);
	tcase_add_test(t, blocks_keep_their_contents);
}

int main(void)
{
	return unit_run("property", fill);
}
