/* SPDX-License-Identifier: MIT */
/*
 * P0: no block is lost or made twice on its way between slabs and caches, with
 * every switch of it.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <pthread.h>
#include <signal.h>

#include "heap/heap.h"
#include "heap/p0.h"
#include "nextptr/tiny_nextptr.h"
#include "options/options.h"
#include "os/hak_os_map_boundary.h"

#define LIVE 400
#define OPS 100000

/* Settings to try; what is not named keeps its default. */
static const struct setting {
	enum option option;
	int64_t value;
} settings[] = {
	{OPTION_DEBUG_VERBOSE, 0}, /* all defaults */
	{OPTION_TINY_P0_DISABLE, 1},
	{OPTION_TINY_P0_ENABLE, 0},
	{OPTION_TINY_P0_DIRECT_FC, 0},
	{OPTION_TINY_P0_DIRECT_FC_C7, 0},
	{OPTION_TINY_P0_NO_DRAIN, 1},
	{OPTION_TINY_P0_DRAIN_THRESH, 0},
	{OPTION_TINY_FAST_STATS, 1},
	{OPTION_TINY_FAST_CAP_C4, 1},
	{OPTION_TINY_FAST_CAP_C5, 256},
	{OPTION_THREAD_CACHE_MAX, 16},
	{OPTION_PREWARM, PREWARM_NO},
	{OPTION_PREWARM, PREWARM_EAGER},
};

static struct heap *start_heap(const struct setting *setting)
{
	struct heap *heap;

	option_values[setting->option] = setting->value;
	heap = heap_birth();
	require(heap, "no heap");
	return heap;
}

static unsigned sll_length(const struct bin *b)
{
	unsigned length = 0;

	for (void *block = b->sll; block; block = tiny_next_load(block))
		length++;
	return length;
}

/* What left the slabs is with the program or in a cache. */
static void require_conserved(const struct heap *heap, unsigned bin,
			      uint64_t held)
{
	const struct bin *b = &heap->bin[bin];

	require(b->sll_count == sll_length(b), "bin %u: SLL of %u counts as %u",
		bin, sll_length(b), b->sll_count);
	require(b->out == held + heap_cached(heap, bin) + b->sll_count,
		"bin %u: %llu out, %llu held, %u cached, %u in the SLL", bin,
		(unsigned long long)b->out, (unsigned long long)held,
		heap_cached(heap, bin), b->sll_count);
	require(heap_cached(heap, bin) <= b->cap, "bin %u: %u cached of %u", bin,
		heap_cached(heap, bin), b->cap);
	require(heap->counters.value[COUNTER_counter_mismatch] == 0,
		"P0_COUNTER_MISMATCH");
}

static void check_bin(struct heap *heap, unsigned bin, uint64_t ops)
{
	static void *live[LIVE];
	size_t usable = size_class_table[bin].usable;
	uint64_t random = bin, held = 0;

	for (uint64_t i = 0; i < ops; i++) {
		/* Swings between few and many, to refill and to overflow. */
		bool grow = i / 700 % 2 == 0;
		size_t place = random_next(&random) % LIVE;

		if (live[place] && !grow) {
			pattern_require(live[place], 8, place);
			hak_free(live[place]);
			live[place] = NULL;
			held--;
		} else if (!live[place] && grow) {
			live[place] = hak_malloc(usable);
			pattern_fill(live[place], 8, place);
			held++;
		}
		if (i % 64 == 0)
			require_conserved(heap, bin, held);
	}
	for (size_t place = 0; place < LIVE; place++) {
		held -= live[place] != NULL;
		hak_free(live[place]);
		live[place] = NULL;
	}
	require_conserved(heap, bin, held);
}

/*
 * The map may serve a usable size from the next bin where headers are, and
 * never does from one that is there for alignment.
 */
static bool is_served_by(unsigned bin)
{
	void *block = hak_malloc(size_class_table[bin].usable);
	bool same = word_bin(registry_word(block)) == bin;

	hak_free(block);
	return same;
}

START_TEST(blocks_are_conserved)
{
	struct heap *heap = start_heap(&settings[_i]);

	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		if (is_served_by(bin))
			check_bin(heap, bin, unit_ops(OPS) / BIN_COUNT);
	hak_thread_flush();
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		require_conserved(heap, bin, 0);
	ck_assert_uint_eq(stats_now().active, 0);
}
END_TEST

START_TEST(batches_grow_when_adaptive)
{
	struct heap *heap = start_heap(&settings[0]);
	unsigned bin = size_class_bin(64);
	unsigned first, later;
	bool zeroed;

	hak_thread_flush();
	ck_assert_ptr_nonnull(p0_alloc(heap, bin, &zeroed));
	first = 1 + heap_cached(heap, bin) + heap->bin[bin].sll_count;
	for (int i = 0; i < 2000; i++)
		ck_assert_ptr_nonnull(hak_malloc(64));
	later = heap->bin[bin].batch;
	ck_assert_uint_lt(first, later);
	ck_assert_uint_le(later, P0_BATCH_MAX);
}
END_TEST

START_TEST(one_block_a_miss_without_p0)
{
	struct heap *heap = start_heap(&settings[1]);
	uint64_t refills, refilled;

	refills = heap->counters.value[COUNTER_refills];
	refilled = heap->counters.value[COUNTER_refilled];
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(hak_malloc(64));
	refills = heap->counters.value[COUNTER_refills] - refills;
	refilled = heap->counters.value[COUNTER_refilled] - refilled;
	ck_assert_uint_eq(refills, 100);
	ck_assert_uint_eq(refilled, 100);
}
END_TEST

/* With the statistics switched on every call is counted, and none is not. */
START_TEST(fast_stats_count_every_call)
{
	static const struct setting on = {OPTION_TINY_FAST_STATS, 1};
	struct heap *heap = start_heap(&on);
	uint64_t before, after;

	before = heap->counters.value[COUNTER_fast_hits] +
		 heap->counters.value[COUNTER_fast_misses];
	for (int i = 0; i < 1000; i++)
		hak_free(hak_malloc(64));
	after = heap->counters.value[COUNTER_fast_hits] +
		heap->counters.value[COUNTER_fast_misses];
	ck_assert_uint_eq(after - before, 1000);
	ck_assert_uint_gt(heap->counters.value[COUNTER_fast_hits], 500);
}
END_TEST

static size_t bytes_in_caches(const struct heap *heap)
{
	size_t bytes = 0;

	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		bytes += (heap_cached(heap, bin) + heap->bin[bin].sll_count) *
			 (size_t)size_class_table[bin].block;
	return bytes;
}

/* One thread's budget holds for all its caches together, SLLs half as much. */
START_TEST(caches_stay_within_the_budget)
{
	static const struct setting small = {OPTION_THREAD_CACHE_MAX, 256};
	struct heap *heap = start_heap(&small);
	static void *blocks[LIVE];
	size_t most = 0;

	for (int i = 0; i < 100000; i++) {
		size_t place = (size_t)i * 7919 % LIVE;
		size_t now = bytes_in_caches(heap);

		if (blocks[place])
			hak_free(blocks[place]);
		/* Waves, each of other sizes. */
		blocks[place] = i / LIVE % 4 == 0 ?
					hak_malloc((size_t)i * 31 % CACHED_MAX) :
					NULL;
		most = now > most ? now : most;
	}
	ck_assert_uint_gt(most, 64 * KIB);
	ck_assert_uint_le(most, 256 * KIB / 2 * 3 + CACHED_MAX); /* a block more */
}
END_TEST

#define WAVE 4096

static void *free_wave(void *arg)
{
	void **blocks = arg;

	for (size_t i = 0; i < WAVE; i++)
		hak_free(blocks[i]);
	return NULL;
}

static void allocate_wave(void **blocks)
{
	for (size_t i = 0; i < WAVE; i++) {
		blocks[i] = hak_malloc(16 + i * 7919 % 1000);
		ck_assert_ptr_nonnull(blocks[i]);
	}
}

/*
 * What other threads free is more than the caches may hold.  It comes back in
 * batches all the same, and not a block a miss.
 */
START_TEST(drained_blocks_come_back_in_batches)
{
	struct heap *heap = start_heap(&settings[0]);
	static void *blocks[WAVE];
	uint64_t refills = 0;

	for (int wave = 0; wave < 8; wave++) {
		pthread_t thread;

		refills = heap->counters.value[COUNTER_refills];
		allocate_wave(blocks);
		refills = heap->counters.value[COUNTER_refills] - refills;
		ck_assert_int_eq(pthread_create(&thread, NULL, free_wave, blocks), 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
	ck_assert_uint_gt(heap->counters.value[COUNTER_drained], WAVE);
	require(refills < WAVE / 4, "%llu refills for %u blocks",
		(unsigned long long)refills, WAVE);
}
END_TEST

/*
 * A heap that only frees brings its blocks to the slabs a few at a time, and in
 * the end keeps none.
 */
START_TEST(a_freeing_heap_gathers_a_few)
{
	struct heap *heap = start_heap(&settings[0]);
	static void *blocks[WAVE];
	unsigned bin, alone = 0;

	for (size_t i = 0; i < WAVE; i++)
		blocks[i] = hak_malloc(64);
	bin = word_bin(registry_word(blocks[WAVE - 1]));
	for (size_t i = 0; i < WAVE; i++) {
		hak_free(blocks[i * 7919 % WAVE]); /* all slabs thin out */
		alone += heap_cached(heap, bin) == 0;
	}
	ck_assert_uint_eq(heap_cached(heap, bin), 0);
	ck_assert_uint_eq(heap->bin[bin].out, 0);
	require(alone < WAVE / 16, "%u of %u went alone", alone, WAVE);
}
END_TEST

static void allocate_and_free(void **blocks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_ptr_nonnull(blocks[i] = hak_malloc(64));
	for (size_t i = 0; i < count; i++)
		hak_free(blocks[i]);
}

/* Who wants all of it again and again keeps it; a burst that is over does not. */
START_TEST(a_cycle_keeps_its_blocks)
{
	struct heap *heap = start_heap(&settings[0]);
	static void *blocks[32 * WAVE];
	unsigned bin = size_class_bin(64);
	uint64_t released;

	for (int wave = 0; wave < 8; wave++)
		allocate_and_free(blocks, WAVE);
	ck_assert_uint_gt(heap->budget, WAVE * 64);
	released = heap->counters.value[COUNTER_slabs_released];
	allocate_and_free(blocks, WAVE);
	ck_assert_uint_gt(heap_cached(heap, bin), 0);
	ck_assert_uint_le(heap->counters.value[COUNTER_slabs_released] - released, 4);
	allocate_and_free(blocks, COUNT_OF(blocks));
	ck_assert_uint_eq(heap_cached(heap, bin), 0);
	ck_assert_uint_eq(heap->bin[bin].out, 0);
}
END_TEST

/*
 * A FastCache becomes as deep as the bursts that come again; its first array is all
 * that a thread has without them, and flushing does not bring that back.
 */
START_TEST(a_fast_cache_deepens_for_bursts)
{
	struct heap *heap = start_heap(&settings[0]);
	static void *blocks[WAVE];
	unsigned bin = size_class_bin(64), first = heap->bin[bin].first_cap;
	uint64_t refills;

	allocate_and_free(blocks, first);
	ck_assert_uint_eq(heap->bin[bin].cap, first);
	for (int wave = 0; wave < 8; wave++)
		allocate_and_free(blocks, WAVE);
	ck_assert_uint_ge(heap->bin[bin].cap, WAVE);
	ck_assert_uint_le(heap->bin[bin].cap, first * FAST_CACHE_DEEPEST);
	refills = heap->counters.value[COUNTER_refills];
	allocate_and_free(blocks, WAVE);
	ck_assert_uint_le(heap->counters.value[COUNTER_refills] - refills, 1);
	ck_assert_uint_ge(heap_cached(heap, bin), WAVE - 1);
	hak_thread_flush();
	ck_assert_uint_eq(heap_cached(heap, bin), 0);
	ck_assert_uint_eq(heap->bin[bin].out, 0);
}
END_TEST

/* Sizes that a thread does not use any more do not stay in its caches. */
START_TEST(caches_without_use_shrink)
{
	struct heap *heap = start_heap(&settings[0]);
	static void *blocks[60];
	unsigned bin = size_class_bin(40 * KIB), held;

	for (int wave = 0; wave < 12; wave++) {
		for (size_t i = 0; i < COUNT_OF(blocks); i++)
			blocks[i] = hak_malloc(40 * KIB);
		for (size_t i = 0; i < COUNT_OF(blocks); i++)
			hak_free(blocks[i]);
	}
	held = heap_cached(heap, bin);
	ck_assert_uint_gt(held, COUNT_OF(blocks) / 2);
	for (size_t i = 0; i < 20000 && heap_cached(heap, bin) > held / 4; i++) {
		void *small[2000];
		size_t count = i * 7 % COUNT_OF(small);

		for (size_t k = 0; k < count; k++)
			small[k] = hak_malloc(16 + i % 50 * 16);
		for (size_t k = 0; k < count; k++)
			hak_free(small[k]);
		usleep(1000);
	}
	ck_assert_uint_le(heap_cached(heap, bin), held / 4);
}
END_TEST

/* More than four times the slots at once: they have all to be there. */
START_TEST(a_fast_cache_deepens_as_far_as_is_wanted)
{
	static const struct setting shallow = {OPTION_TINY_FAST_CAP_C3, 4};
	struct heap *heap = start_heap(&shallow);
	static void *blocks[WAVE];
	unsigned bin = size_class_bin(40), wanted = 200;

	ck_assert_uint_eq(heap->bin[bin].first_cap, shallow.value);
	for (int wave = 0; wave < 8; wave++) /* its budget grows */
		for (size_t i = 0; i < 2 * WAVE; i++)
			if (i < WAVE)
				blocks[i] = hak_malloc(128);
			else
				hak_free(blocks[i - WAVE]);
	ck_assert_uint_eq(heap->bin[bin].cap, 0);
	ck_assert_uint_ge(hak_prewarm(40, wanted), wanted);
	ck_assert_uint_ge(heap->bin[bin].cap, wanted);
	ck_assert_uint_le(heap_limit(heap, bin), heap->bin[bin].cap);
	require_conserved(heap, bin, 0);
}
END_TEST

static void *free_scattered(void *arg)
{
	void **blocks = arg;

	for (size_t i = 0; i < WAVE; i++)
		hak_free(blocks[i * 1025 % WAVE]); /* each in another slab */
	return NULL;
}

/* Blocks that another thread freed, and then the first of them here again. */
static void free_elsewhere(void *(*how)(void *), void **blocks)
{
	pthread_t thread;

	for (size_t i = 0; i < WAVE; i++)
		blocks[i] = hak_malloc(64);
	ck_assert_int_eq(pthread_create(&thread, NULL, how, blocks), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	for (size_t i = 0; i < WAVE / 2; i++)
		blocks[i] = hak_malloc(64);
}

/* In order they wait in the SLL; else in their slabs, and come slab by slab. */
START_TEST(a_scattered_chain_goes_to_its_slabs)
{
	struct heap *heap = start_heap(&settings[0]);
	static void *blocks[WAVE];
	const struct bin *b = &heap->bin[size_class_bin(64)];
	unsigned jumps = 0;

	free_elsewhere(free_wave, blocks);
	ck_assert_uint_gt(b->sll_count, P0_BATCH_MAX);
	hak_thread_flush();
	free_elsewhere(free_scattered, blocks);
	ck_assert_uint_lt(b->sll_count, P0_BATCH_MAX);
	for (size_t i = 1; i < WAVE / 2; i++)
		jumps += ((uintptr_t)blocks[i] ^ (uintptr_t)blocks[i - 1]) >=
			 GRANULE_SIZE;
	ck_assert_uint_lt(jumps, WAVE / 16);
}
END_TEST

START_TEST(eager_prewarm_fills_the_pool)
{
	static const struct setting eager = {OPTION_PREWARM, PREWARM_EAGER};
	struct heap *heap;
	long before;

	option_values[eager.option] = eager.value;
	hak_free(hak_malloc(1));
	heap = heap_of(heap_self);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		if (size_class_table[bin].id == CLASS_POOL)
			require(heap_cached(heap, bin) + heap->bin[bin].sll_count >=
					size_class_table[bin].prewarm,
				"bin %u has %u ready, not %u", bin,
				heap_cached(heap, bin),
				size_class_table[bin].prewarm);
	before = page_faults();
	for (size_t size = 8 * KIB; size <= CACHED_MAX; size += 4 * KIB)
		memset(hak_malloc(size), 1, size);
	/* It would be 90; a sanitizer's own pages, and those below an emulator's, fault too. */
	require(UNIT_SANITIZED || os_page_size() > 4096 || page_faults() - before < 20, "%ld page faults",
		page_faults() - before);
}
END_TEST

/* ---- errors that a refill or an overflow sees ---- */

#define MANY 4000
static char *many[MANY];

static void take_many(size_t size, size_t count)
{
	for (size_t i = 0; i < count; i++)
		many[i] = hak_malloc(size);
}

/* Every second one, so that no slab is empty. */
static void *free_many(void *size)
{
	for (size_t i = 0; i < MANY; i += 2) {
		memset(many[i], 0xff, (size_t)(uintptr_t)size);
		hak_free(many[i]);
	}
	return NULL;
}

static void *in_slab(struct heap *heap, unsigned bin)
{
	(void)heap;
	(void)bin;
	hak_thread_flush();
	return many[MANY / 2];
}

static void *in_sll(struct heap *heap, unsigned bin)
{
	for (int i = 0; i < MANY && !heap->bin[bin].sll; i++)
		ck_assert_ptr_nonnull(hak_malloc(64));
	return heap->bin[bin].sll;
}

static void *in_inbox(struct heap *heap, unsigned bin)
{
	pthread_t thread;

	take_many(64, MANY);
	pthread_create(&thread, NULL, free_many, (void *)(uintptr_t)64);
	pthread_join(thread, NULL);
	require(inbox_count(&heap->inbox, bin) != 0, "nothing waits");
	return many[0];
}

/* Where a freed block waits in a chain, and whether it goes home from there first. */
static const struct {
	void *(*find)(struct heap *heap, unsigned bin);
	bool home;
} chains[] = {
	{in_slab, false}, {in_sll, false}, {in_inbox, false}, {in_inbox, true},
};

START_TEST(a_write_to_a_block_in_a_chain_is_seen)
{
	struct heap *heap = start_heap(&settings[3]); /* with an SLL */
	uint64_t *freed;

	take_many(64, MANY);
	free_many((void *)(uintptr_t)64);
	freed = chains[_i].find(heap, size_class_bin(64));
	require(freed, "no block waits there");
	freed[1]++; /* a count of users, say */
	if (chains[_i].home)
		hak_thread_flush();
	for (int i = 0; i < 3 * MANY; i++)
		ck_assert_ptr_nonnull(hak_malloc(64));
}
END_TEST

/* Blocks that were carved from used memory, cached, and went home as they were. */
START_TEST(what_was_never_handed_out_is_no_error)
{
	start_heap(&settings[0]);
	for (size_t size = 1; size <= 1024; size += 1 + size / 3) {
		take_many(size, MANY);
		free_many((void *)(uintptr_t)size);
		hak_thread_flush();
		for (size_t other = 16; other <= 1024; other += 16) {
			take_many(other, 9);
			hak_thread_flush();
			take_many(other, 99);
			hak_thread_flush();
		}
	}
}
END_TEST

/* The same, where the slab has become another heap's meanwhile. */
START_TEST(what_strays_is_no_error)
{
	struct heap *heap = start_heap(&settings[0]);
	size_t row = size_class_bin(64) * WORD_BIN_UNIT;
	uint64_t *block = NULL;

	for (int i = 0; i < MANY && !block; i++) {
		ck_assert_ptr_nonnull(hak_malloc(64));
		block = heap_pop(&heap->front, row);
	}
	require(block, "nothing was carved ahead");
	memset(block, 0xff, 64);
	heap_post_stray(registry_word(block), block);
	for (int i = 0; i < MANY; i++)
		ck_assert_ptr_nonnull(hak_malloc(64));
}
END_TEST

START_TEST(the_first_free_of_a_size_is_exact)
{
	char *block;

	start_heap(&settings[0]);
	block = hak_malloc(64);
	hak_free(block + opaque_size(8192));
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_loop_test(t, blocks_are_conserved, 0, (int)COUNT_OF(settings));
	tcase_add_test(t, batches_grow_when_adaptive);
	tcase_add_test(t, one_block_a_miss_without_p0);
	tcase_add_test(t, fast_stats_count_every_call);
	tcase_add_test(t, caches_stay_within_the_budget);
	tcase_add_test(t, drained_blocks_come_back_in_batches);
	tcase_add_test(t, a_freeing_heap_gathers_a_few);
	tcase_add_test(t, a_cycle_keeps_its_blocks);
	tcase_add_test(t, a_fast_cache_deepens_for_bursts);
	tcase_add_test(t, caches_without_use_shrink);
	tcase_add_test(t, a_fast_cache_deepens_as_far_as_is_wanted);
	tcase_add_test(t, a_scattered_chain_goes_to_its_slabs);
	tcase_add_test(t, eager_prewarm_fills_the_pool);
	if (FREE_CHECKS)
		tcase_add_loop_test_raise_signal(t, a_write_to_a_block_in_a_chain_is_seen,
						 SIGABRT, 0, (int)COUNT_OF(chains));
	tcase_add_test(t, what_was_never_handed_out_is_no_error);
	tcase_add_test(t, what_strays_is_no_error);
	tcase_add_test_raise_signal(t, the_first_free_of_a_size_is_exact, SIGABRT);
}

int main(void)
{
	return unit_run("p0", fill);
}
