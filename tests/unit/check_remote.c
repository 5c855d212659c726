/* SPDX-License-Identifier: MIT */
/* The Remote Queue: chains, the inbox under fire, and the way home. */
#include "unit.h"

#include <pthread.h>

#include "heap/heap.h"
#include "nextptr/free_mark.h"
#include "nextptr/tiny_nextptr.h"
#include "remote/remote_queue.h"

#define POSTERS 4
#define CHAINS 20000
#define CHAIN_LENGTH 3

/* Stand for blocks; the second word tells which one it is, the third may be a hint. */
struct fake {
	void *link;
	uint64_t number;
	void *hint;
};

static struct fake fakes[POSTERS * CHAINS * CHAIN_LENGTH];
static unsigned char seen[COUNT_OF(fakes)];
static struct inbox inbox;

static void require_chain(const struct chain *chain, uint32_t count)
{
	const void *last = NULL;
	uint32_t length = 0;

	for (void *b = chain->head; b && length < count; b = tiny_next_load(b)) {
		last = b;
		length++;
	}
	require(chain->count == count && length == count, "%u blocks, count %u",
		length, chain->count);
	require(last == chain->tail && !tiny_next_load(last), "the tail of a chain");
}

/* Nothing leaves before a chain is long enough, and then all of it. */
static uint32_t chain_length(unsigned bin)
{
	struct outbox out = {.slot = {{.word = WORD_NONE}}};
	uint32_t word = word_of(OWNER_FIRST_HEAP, bin);
	struct chain full = {.count = 0};
	uint32_t added = 0;

	while (full.count == 0) {
		require(added < 1000, "a chain of bin %u does not end", bin);
		free_mark_set(&fakes[added]);
		outbox_add(&out, word, &fakes[added++], &full);
	}
	require(full.word == word, "the word of a chain");
	require_chain(&full, added);
	return added;
}

START_TEST(chains_are_bounded)
{
	uint32_t tiny = chain_length(size_class_bin(16));

	ck_assert_uint_ge(tiny, 32);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		uint32_t length = chain_length(bin);

		require(length <= tiny, "bin %u: %u blocks", bin, length);
		require(length == 1 || length * size_class_table[bin].block <= 65536,
			"bin %u: %u blocks", bin, length);
	}
}
END_TEST

/* The blocks of a long chain tell which ones come eight places later, up to its end. */
START_TEST(a_chain_tells_what_comes)
{
	struct outbox out = {.slot = {{.word = WORD_NONE}}};
	unsigned bin = size_class_bin(64);
	struct chain full = {.count = 0};
	struct fake *block = fakes;

	for (size_t i = 0; full.count == 0; i++) {
		free_mark_set(&fakes[i]);
		outbox_add(&out, word_of(OWNER_FIRST_HEAP, bin), &fakes[i], &full);
	}
	ck_assert_uint_gt(full.count, 2 * HINT_AHEAD);
	for (size_t i = 0; i < full.count; i++, block = tiny_next_load(block)) {
		ck_assert_ptr_eq(block, &fakes[i]);
		if (i + HINT_AHEAD < full.count)
			ck_assert_ptr_eq(tiny_next_load(&block->hint),
					 &fakes[i + HINT_AHEAD]);
	}
}
END_TEST

/* Blocks of many owners: each chain is of one, and none is lost. */
START_TEST(an_outbox_keeps_owners_apart)
{
	struct outbox out = {.slot = {{.word = WORD_NONE}}};
	struct chain full;
	uint64_t left = 0;

	for (uint32_t i = 0; i < 5000; i++) {
		free_mark_set(&fakes[i]);
		outbox_add(&out, word_of(OWNER_FIRST_HEAP + i % 37, i % 5), &fakes[i],
			   &full);
		if (full.count != 0)
			require_chain(&full, full.count);
		left += full.count;
	}
	for (unsigned slot = 0; slot < OUTBOX_SLOTS; slot++) {
		outbox_take(&out, slot, &full);
		left += full.count;
		outbox_take(&out, slot, &full);
		ck_assert_uint_eq(full.count, 0);
	}
	ck_assert_uint_eq(left, 5000);
}
END_TEST

static struct chain link_fakes(struct fake *first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		tiny_next_store(&first[i], i + 1 < count ? &first[i + 1] : NULL);
	return (struct chain){.head = first,
			      .tail = &first[count - 1],
			      .word = word_of(OWNER_FIRST_HEAP, 0),
			      .count = count};
}

static void *post_chains(void *arg)
{
	struct fake *mine = arg;

	for (size_t i = 0; i < CHAINS; i++) {
		struct chain chain = link_fakes(mine, CHAIN_LENGTH);

		inbox_post(&inbox, 0, &chain);
		mine += CHAIN_LENGTH;
	}
	return NULL;
}

static size_t take_all(void)
{
	struct chain chain = inbox_take(&inbox, 0);
	size_t count = 0;

	for (void *b = chain.count ? chain.head : NULL; b; b = tiny_next_load(b)) {
		const struct fake *fake = b;

		require(++seen[fake->number] == 1, "block %llu comes twice",
			(unsigned long long)fake->number);
		count++;
	}
	require(count == chain.count || chain.count == INBOX_COUNT_MAX,
		"%zu blocks count as %u", count, chain.count);
	return count;
}

START_TEST(an_inbox_loses_nothing_under_fire)
{
	pthread_t posters[POSTERS];
	size_t taken = 0;

	for (size_t i = 0; i < COUNT_OF(fakes); i++)
		fakes[i].number = i;
	for (size_t i = 0; i < POSTERS; i++)
		ck_assert_int_eq(pthread_create(&posters[i], NULL, post_chains,
						&fakes[i * CHAINS * CHAIN_LENGTH]),
				 0);
	while (taken < COUNT_OF(fakes))
		taken += take_all();
	for (size_t i = 0; i < POSTERS; i++)
		pthread_join(posters[i], NULL);
	ck_assert_uint_eq(taken, COUNT_OF(fakes));
	ck_assert_uint_eq(inbox_take(&inbox, 0).count, 0);
}
END_TEST

/* The number saturates, the chain does not. */
START_TEST(an_inbox_counts_as_far_as_it_can)
{
	unsigned waiting = 0;

	for (size_t i = 0; i < COUNT_OF(fakes); i += CHAIN_LENGTH) {
		struct chain chain = link_fakes(&fakes[i], CHAIN_LENGTH);

		waiting = inbox_post(&inbox, 0, &chain);
		fakes[i].number = i;
		fakes[i + 1].number = i + 1;
		fakes[i + 2].number = i + 2;
	}
	ck_assert_uint_eq(waiting, INBOX_COUNT_MAX);
	ck_assert_uint_eq(inbox_count(&inbox, 0), INBOX_COUNT_MAX);
	ck_assert_uint_eq(take_all(), COUNT_OF(fakes));
}
END_TEST

/* ---- heaps ---- */

#define BLOCKS 5000

static void *blocks[BLOCKS];

static void allocate(size_t size)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		blocks[i] = hak_malloc(size);
		pattern_fill(blocks[i], size, i);
	}
}

static void *free_blocks(void *arg)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		pattern_require(blocks[i], (size_t)(uintptr_t)arg, i);
		hak_free(blocks[i]);
	}
	return NULL;
}

static void free_elsewhere(size_t size)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, free_blocks,
					(void *)(uintptr_t)size),
			 0);
	pthread_join(thread, NULL);
}

static void check_way_home(size_t size)
{
	struct heap *heap;
	uint64_t mapped;
	hak_stats_t before, after;

	allocate(size);
	heap = heap_of(heap_self);
	before = stats_now();
	mapped = heap->counters.value[COUNTER_slabs_mapped];
	free_elsewhere(size);
	allocate(size); /* what comes home is used instead of new memory */
	after = stats_now();
	require(heap->counters.value[COUNTER_slabs_mapped] <= mapped + 1,
		"blocks of %zu: %llu slabs are mapped although all came home", size,
		(unsigned long long)(heap->counters.value[COUNTER_slabs_mapped] -
				     mapped));
	require(after.remote_frees - before.remote_frees == BLOCKS,
		"%llu remote frees",
		(unsigned long long)(after.remote_frees - before.remote_frees));
	require(after.drained - before.drained >= BLOCKS - 256, "%llu drained",
		(unsigned long long)(after.drained - before.drained));
	free_blocks((void *)(uintptr_t)size);
}

START_TEST(blocks_come_home_before_memory_is_mapped)
{
	check_way_home(16);
	check_way_home(100);
	check_way_home(1000);
	check_way_home(7000);
	if (CACHED_MAX > 9000)
		check_way_home(9000);
}
END_TEST

/* A heap without a thread cannot drain: those who free do it. */
static void *allocate_1000(void *arg)
{
	allocate(1000);
	return arg;
}

START_TEST(blocks_of_dead_heaps_are_collected)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, allocate_1000, NULL), 0);
	pthread_join(thread, NULL);
	ck_assert_uint_ge(stats_now().active, BLOCKS * 1000);
	free_blocks((void *)(uintptr_t)1000);
	hak_thread_flush();
	ck_assert_uint_le(stats_now().active, 256 * KIB);
	hak_purge();
	ck_assert_uint_eq(stats_now().active, 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, chains_are_bounded);
	tcase_add_test(t, a_chain_tells_what_comes);
	tcase_add_test(t, an_outbox_keeps_owners_apart);
	tcase_add_test(t, an_inbox_loses_nothing_under_fire);
	tcase_add_test(t, an_inbox_counts_as_far_as_it_can);
	tcase_add_test(t, blocks_come_home_before_memory_is_mapped);
	tcase_add_test(t, blocks_of_dead_heaps_are_collected);
}

int main(void)
{
	return unit_run("remote", fill);
}
