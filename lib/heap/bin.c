/* SPDX-License-Identifier: MIT */
/* heap: slabs of one bin.  Everything here runs under heap->lock. */
#include "arena/arena.h"
#include "base/bits.h"
#include "base/coarse_clock.h"
#include "base/die.h"
#include "debug_ring/debug_ring.h"
#include "heap/heap.h"
#include "heap/slab_lists.h"
#include "huge/huge.h"
#include "nextptr/free_mark.h"
#include "nextptr/tiny_nextptr.h"
#include "retention/retention.h"

/* A batch visits at most so many scattered slabs once it has something. */
#define SCATTER_LIMIT 8u

/* Bytes: see is_dense(). */
#define DENSE_HEAP ((size_t)32 << 20)
#define DENSE_BIN ((size_t)4 << 20)
#define DENSE_BLOCK_MAX 4096u

/* A chain is put back in steps of so many blocks. */
#define CHAIN_STEP 64u

/* `change` more blocks are out of their slabs. */
static void count_out(struct heap *heap, unsigned bin, uint64_t change)
{
	count_relaxed(&heap->bin[bin].out, change);
}

/* From slabs with room: their free blocks, then what can still be carved. */
static unsigned take_listed(struct heap *heap, unsigned bin, void **end,
			     unsigned want)
{
	struct slab *slab;
	unsigned got = 0;

	for (unsigned visits = 0; got < want; visits++) {
		if (visits >= SCATTER_LIMIT && got > 0)
			break;
		slab = slab_list_first(heap, bin);
		if (!slab)
			break;
		got += slab_take(slab, end - got, want - got);
		got += slab_carve(slab, end - got, want - got);
		if (!slab_has_room(slab))
			slab_list_remove(heap, slab);
	}
	return got;
}

static unsigned carve_current(struct bin *b, void **end, unsigned want)
{
	struct slab *slab = b->current;
	unsigned got = slab_carve(slab, end, want);

	if (!slab_has_room(slab)) {
		slab->state = SLAB_FULL;
		b->current = NULL;
	}
	return got;
}

/* The current slab is empty: that counts as sparse until it is used. */
static void note_empty(struct heap *heap, struct slab *slab)
{
	slab->sparse_bytes = (uint32_t)slab_touched(slab);
	slab->sparse_since = (uint32_t)coarse_clock_ms();
	slab_lists_count(heap, slab->sparse_bytes);
}

static void forget_empty(struct heap *heap, struct slab *slab)
{
	slab_lists_count(heap, -(size_t)slab->sparse_bytes);
	slab->sparse_bytes = 0;
}

unsigned bin_take(struct heap *heap, unsigned bin, void **end, unsigned want,
		  bool *zeroed)
{
	struct bin *b = &heap->bin[bin];
	unsigned got = 0;

	*zeroed = false;
	if (want == 0)
		return 0;
	if (b->current) {
		if (b->current->sparse_bytes != 0)
			forget_empty(heap, b->current);
		got = slab_take(b->current, end, want);
	}
	got += take_listed(heap, bin, end - got, want - got);
	if (got < want && b->current) {
		bool fresh = b->current->content != RUN_USED;
		unsigned carved = carve_current(b, end - got, want - got);

		*zeroed = fresh && got == 0 && carved != 0;
		got += carved;
	}
	count_out(heap, bin, got);
	return got;
}

void heap_unlock(struct heap *heap)
{
	size_t excess = heap->excess;

	heap->excess = 0;
	lock_give(&heap->lock);
	if (unlikely(excess != 0))
		huge_purge_excess(excess);
}

static void release_slab(struct heap *heap, struct slab *slab)
{
	registry_set_word(slab->base, slab->granules, WORD_NONE);
	counters_add(&heap->counters, COUNTER_slabs_released, 1);
	count_relaxed(&heap->bin[slab->bin].slabs, -1u);
	heap->held_bytes -= slab->granules * GRANULE_SIZE;
	heap->excess = arena_give(slab, slab_touched(slab));
}

/*
 * An empty slab, on no list, goes back, unless the bin has no other to carve from and
 * its heap has a thread that may want to.
 */
static void retire_empty(struct heap *heap, struct slab *slab)
{
	struct bin *b = &heap->bin[slab->bin];

	if (b->current || heap_is_only_freeing(heap, slab->bin) ||
	    !heap_is_alive(heap)) {
		release_slab(heap, slab);
	} else {
		slab->state = SLAB_CURRENT;
		b->current = slab;
		note_empty(heap, slab);
	}
}

void bin_settle(struct heap *heap, struct slab *slab)
{
	if (slab->used == 0)
		retire_empty(heap, slab);
	else if (slab_has_room(slab))
		slab_list_add(heap, slab);
}

static void rank_current(struct heap *heap, struct slab *slab)
{
	if (slab->used == 0)
		note_empty(heap, slab);
	else if (unlikely(slab_list_is_sparse(slab)))
		bin_retire_current(heap, slab->bin);
}

/* Blocks came back to the slab: where does it stand now? */
static void rank_slab(struct heap *heap, struct slab *slab)
{
	if (slab->state == SLAB_PURGING || slab->state == SLAB_LOST)
		return;
	if (slab->state == SLAB_CURRENT) {
		rank_current(heap, slab);
	} else if (slab->state == SLAB_FULL) {
		bin_settle(heap, slab);
	} else if (slab->used == 0) {
		slab_list_remove(heap, slab);
		retire_empty(heap, slab);
	} else {
		slab_list_note_free(heap, slab);
	}
}

/* The first block, and those after it that lie in the same slab. */
static unsigned put_first(struct heap *heap, unsigned bin, void *const *blocks,
			  unsigned count)
{
	struct slab *slab = slab_of(blocks[0]);

	if (unlikely(load_relaxed(&slab->owner) != heap)) {
		heap_post_stray(registry_word(blocks[0]), blocks[0]);
		return 1;
	}
	debug_check(slab->bin == bin);
	count = slab_put(slab, blocks, count);
	count_out(heap, bin, -(uint64_t)count);
	rank_slab(heap, slab);
	return count;
}

void bin_put(struct heap *heap, unsigned bin, void *const *blocks, unsigned count)
{
	for (unsigned done = 0; done < count;)
		done += put_first(heap, bin, blocks + done, count - done);
}

unsigned bin_put_chain(struct heap *heap, unsigned bin, void **chain, unsigned most)
{
	void *block[CHAIN_STEP];
	bool hinted = chain_is_hinted(bin);
	unsigned total = 0, count;

	do {
		for (count = 0; count < CHAIN_STEP && total < most && *chain;
		     count++, total++) {
			free_mark_check(*chain);
			block[count] = *chain;
			*chain = tiny_next_walk(*chain, hinted);
		}
		bin_put(heap, bin, block, count);
	} while (count != 0);
	return total;
}

/*
 * Will so much of this bin be used that the next SuperSlab is filled?  Its heap is large,
 * it has a good part of that, and its blocks leave no page out.
 */
static bool is_dense(const struct heap *heap, unsigned bin)
{
	size_t block = size_class_table[bin].block;

	return heap->held_bytes >= DENSE_HEAP && block <= DENSE_BLOCK_MAX &&
	       heap->bin[bin].out * block >= DENSE_BIN;
}

bool bin_open_slab(struct heap *heap, unsigned bin)
{
	unsigned granules = size_class_table[bin].granules;
	struct slab *slab = is_dense(heap, bin) ? arena_take_dense(granules) :
						  arena_take(granules, 1);

	debug_check(heap->bin[bin].current == NULL);
	if (!slab)
		return false;
	slab_open(slab, bin, heap);
	slab->state = SLAB_CURRENT;
	heap->bin[bin].current = slab;
	registry_set_word(slab->base, slab->granules, word_of(heap->owner, bin));
	counters_add(&heap->counters, COUNTER_slabs_mapped, 1);
	count_relaxed(&heap->bin[bin].slabs, 1u);
	heap->held_bytes += slab->granules * GRANULE_SIZE;
	return true;
}

void bin_empty_sll(struct heap *heap, unsigned bin)
{
	store_relaxed(&heap->bin[bin].sll_count, 0u);
	bin_put_chain(heap, bin, &heap->bin[bin].sll, UINT32_MAX);
}

void bin_retire_current(struct heap *heap, unsigned bin)
{
	struct slab *slab = heap->bin[bin].current;

	if (!slab)
		return;
	heap->bin[bin].current = NULL;
	slab->state = SLAB_FULL;
	if (slab->sparse_bytes != 0)
		forget_empty(heap, slab);
	if (slab->used == 0)
		release_slab(heap, slab);
	else if (slab_has_room(slab))
		slab_list_add(heap, slab);
}

void bin_release_empty(struct heap *heap, unsigned bin)
{
	const struct slab *slab = heap->bin[bin].current;

	if (slab && slab->used == 0)
		bin_retire_current(heap, bin);
}

bool bin_adopt(struct heap *heap, struct heap *victim, unsigned bin)
{
	struct slab *slab = slab_list_first(victim, bin);

	if (!slab)
		return false;
	slab_list_remove(victim, slab);
	count_out(victim, bin, -(uint64_t)slab->used);
	count_relaxed(&victim->bin[bin].slabs, -1u);
	count_relaxed(&heap->bin[bin].slabs, 1u);
	victim->held_bytes -= slab->granules * GRANULE_SIZE;
	heap->held_bytes += slab->granules * GRANULE_SIZE;
	store_release(&slab->owner, (void *)heap);
	registry_set_word(slab->base, slab->granules, word_of(heap->owner, bin));
	count_out(heap, bin, slab->used);
	slab_list_add(heap, slab);
	counters_add(&heap->counters, COUNTER_adoptions, 1);
	debug_ring_add(RING_ADOPT, bin, (uintptr_t)slab->base);
	return true;
}
