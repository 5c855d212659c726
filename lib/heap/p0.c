/* SPDX-License-Identifier: MIT */
#include "heap/p0.h"

#include <string.h>

#include "base/bits.h"
#include "base/die.h"
#include "debug_ring/debug_ring.h"
#include "nextptr/free_mark.h"
#include "nextptr/tiny_nextptr.h"
#include "options/options.h"
#include "os/hak_os_map_boundary.h"

/* Blocks that tell whether a chain comes as it was made. */
#define ORDER_LOOK 64u

/*
 * Is gathered where it is to be: in the slots of the FastCache, from end[-1], the first
 * to go out, down to end[-count].
 */
struct batch {
	void **end;
	unsigned want;
	unsigned count;
	unsigned recycled; /* of these, from the SLL and the Remote Queue */
	bool zeroed;	   /* end[-1] was carved from untouched memory */
};

/* pre: the array of the FastCache has room for so many, or this is one block. */
static struct batch batch_of(struct heap *heap, unsigned bin, unsigned want)
{
	void **top = heap->front.cache[bin].top;

	debug_check(heap_cached(heap, bin) + want <= max_size(heap->bin[bin].cap, 1));
	return (struct batch){.end = top + 1 + want, .want = want};
}

static void take_sll(struct heap *heap, unsigned bin, struct batch *batch)
{
	struct bin *b = &heap->bin[bin];
	unsigned count = 0, want = batch->want - batch->count;
	bool hinted = chain_is_hinted(bin);
	void **end = batch->end - batch->count, *block = b->sll;

	for (; count < want && block; block = tiny_next_walk(block, hinted), count++) {
		free_mark_check(block);
		*--end = block;
	}
	b->sll = block;
	/* A second free may have cut blocks out. */
	store_relaxed(&b->sll_count, block ? b->sll_count - count : 0);
	batch->count += count;
	batch->recycled += count;
}

static unsigned chain_length(const void *block)
{
	unsigned length = 0;

	for (; block; block = tiny_next_load(block))
		length++;
	return length;
}

/*
 * Do the first blocks of a chain follow each other as they lie in their slabs, with
 * few jumps to another granule?  If they were freed in another order, then from the
 * SLL each is a miss of the CPU's caches, one after the other, and again each time
 * they come by.  From slabs they come slab by slab.
 */
static bool is_in_order(unsigned bin, const void *block)
{
	size_t granules = ORDER_LOOK * size_class_table[bin].block / GRANULE_SIZE + 1;
	bool hinted = chain_is_hinted(bin);
	unsigned jumps = 0;

	for (unsigned i = 0; i < ORDER_LOOK && block; i++) {
		const void *next = tiny_next_walk(block, hinted);

		jumps += ((uintptr_t)block ^ (uintptr_t)next) >= GRANULE_SIZE;
		block = next;
	}
	return jumps <= 2 * granules;
}

static void drain_to_sll(struct heap *heap, unsigned bin, const struct chain *chain)
{
	struct bin *b = &heap->bin[bin];

	b->sll = chain->head;
	store_relaxed(&b->sll_count, chain->count);
}

/*
 * The inbox of the bin becomes its SLL, or goes to its slabs.
 * pre: the SLL is empty.
 */
static void drain(struct heap *heap, unsigned bin)
{
	struct chain chain = inbox_take(&heap->inbox, bin);

	if (chain.count == INBOX_COUNT_MAX)
		chain.count = chain_length(chain.head);
	if (chain.count == 0)
		return;
	if (chain.count > P0_BATCH_MAX && !is_in_order(bin, chain.head))
		bin_put_chain(heap, bin, &chain.head, UINT32_MAX);
	else
		drain_to_sll(heap, bin, &chain);
	/* More comes back, and is wanted, than the caches may hold. */
	if ((size_t)chain.count * size_class_table[bin].block > heap->budget)
		heap_raise_budget(heap, heap->budget);
	counters_add(&heap->counters, COUNTER_drains, 1);
	counters_add(&heap->counters, COUNTER_drained, chain.count);
	debug_ring_add(RING_DRAIN, bin, chain.count);
}

static void take_inbox(struct heap *heap, unsigned bin, struct batch *batch)
{
	if (batch->count < batch->want && !heap->bin[bin].sll) {
		drain(heap, bin);
		take_sll(heap, bin, batch);
	}
}

static void take_slabs(struct heap *heap, unsigned bin, struct batch *batch)
{
	bool zeroed;
	unsigned got = bin_take(heap, bin, batch->end - batch->count,
				batch->want - batch->count, &zeroed);

	batch->zeroed = zeroed && batch->count == 0;
	batch->count += got;
}

/* New memory for the bin, the cheapest that there is. */
static void take_new(struct heap *heap, unsigned bin, struct batch *batch)
{
	take_inbox(heap, bin, batch);
	if (batch->count != 0)
		return;
	heap_drain(heap);
	take_slabs(heap, bin, batch);
	if (batch->count != 0)
		return;
	if (heap_adopt(heap, bin) || bin_open_slab(heap, bin))
		take_slabs(heap, bin, batch);
}

static bool drain_is_due(const struct heap *heap, unsigned bin)
{
	return inbox_count(&heap->inbox, bin) >=
		       (uint64_t)options_get(OPTION_TINY_P0_DRAIN_THRESH) &&
	       !options_get(OPTION_TINY_P0_NO_DRAIN);
}

static void check_conservation(struct heap *heap, unsigned bin, uint64_t before,
			       const struct batch *batch)
{
	if (likely(heap->bin[bin].out - before == batch->count - batch->recycled))
		return;
	if (HAK_DEBUG_BUILD)
		die("P0_COUNTER_MISMATCH in bin %u", bin);
	counters_add(&heap->counters, COUNTER_counter_mismatch, 1);
}

/*
 * Under heap->lock.  Conservation is checked between what drains into slabs or
 * adopts, and so changes `out` by more than the batch.
 */
static void gather(struct heap *heap, unsigned bin, struct batch *batch)
{
	uint64_t before;

	take_sll(heap, bin, batch);
	if (drain_is_due(heap, bin))
		take_inbox(heap, bin, batch);
	before = heap->bin[bin].out;
	take_slabs(heap, bin, batch);
	check_conservation(heap, bin, before, batch);
	if (batch->count == 0)
		take_new(heap, bin, batch);
}

static void push_sll(struct bin *b, void *block)
{
	free_mark_set(block);
	tiny_next_store(block, b->sll);
	b->sll = block;
	count_relaxed(&b->sll_count, 1u);
}

/* The blocks move down to the top of the FastCache: there were fewer than wanted. */
static void close_gap(struct fast_cache *cache, struct batch *batch)
{
	void **end = cache->top + 1 + batch->count;

	if (end == batch->end)
		return;
	memmove(cache->top + 1, batch->end - batch->count, batch->count * sizeof(*end));
	batch->end = end;
}

/* The last `count` of these blocks become the SLL: end[-1] is to be its first. */
static void keep_in_sll(struct bin *b, void **end, unsigned count)
{
	for (unsigned i = count; i > 0; i--)
		push_sll(b, end[-(int)i]);
}

/* Who waits for the batch gets its first block; NULL: there is none. */
static void *deliver(struct heap *heap, unsigned bin, struct batch *batch)
{
	struct fast_cache *cache = &heap->front.cache[bin];
	struct bin *b = &heap->bin[bin];

	if (batch->count == 0)
		return NULL;
	close_gap(cache, batch);
	/* What was in the SLL once does not go there again. */
	if (b->direct || batch->recycled != 0)
		store_relaxed(&cache->top, batch->end - 2);
	else
		keep_in_sll(b, batch->end - 1, batch->count - 1);
	return batch->end[-1];
}

static void log_batch(unsigned bin, const struct batch *batch)
{
	message_say("P0 class %s block %u: %u blocks, %u of them recycled",
		    size_class_name(bin), size_class_table[bin].block, batch->count,
		    batch->recycled);
}

static void count_hit(struct heap *heap, unsigned bin, bool hit)
{
	counters_add(&heap->counters, hit ? COUNTER_fast_hits : COUNTER_fast_misses, 1);
	count_relaxed(&heap->bin[bin].hits, (uint64_t)hit);
}

static void account(struct heap *heap, unsigned bin, const struct batch *batch)
{
	counters_add(&heap->counters, COUNTER_refills, 1);
	counters_add(&heap->counters, COUNTER_refilled, batch->count);
	debug_ring_add(RING_REFILL, bin, batch->count);
	count_relaxed(&heap->bin[bin].refills, 1u);
	if (unlikely(options_get(OPTION_TINY_FAST_STATS)))
		count_hit(heap, bin, batch->recycled != 0);
	if (unlikely(options_get(OPTION_TINY_P0_LOG)))
		log_batch(bin, batch);
}

/*
 * A young heap serves each octave from one bin, since each bin in use takes a page at
 * least, and a granule.  So many bytes out of that bin prove that the octave is used.
 */
#define OCTAVE_PROOF 8192u

static void split_octave(struct heap *heap, unsigned octave)
{
	heap->merged_mask &= ~((uint64_t)1 << octave);
	size_class_fill_map(&heap->front.map, WORD_BIN_UNIT, heap->merged_mask);
}

static void note_use(struct heap *heap, unsigned bin)
{
	if (unlikely((heap->merged_mask >> bin & 1) != 0) &&
	    heap->bin[bin].out * size_class_table[bin].block >= OCTAVE_PROOF)
		split_octave(heap, bin);
}

static unsigned wanted(struct heap *heap, unsigned bin)
{
	unsigned count = heap_note_miss(heap, bin);

	return !options_get(OPTION_TINY_P0_ENABLE) || options_get(OPTION_TINY_P0_DISABLE) ?
		       1 :
		       count;
}

static void *refill(struct heap *heap, unsigned bin, bool *zeroed)
{
	struct batch batch;
	void *block;

	lock_take(&heap->lock);
	batch = batch_of(heap, bin, wanted(heap, bin));
	gather(heap, bin, &batch);
	block = deliver(heap, bin, &batch);
	if (block)
		account(heap, bin, &batch);
	note_use(heap, bin);
	heap_unlock(heap);
	/* What was freed for others does not wait for a full chain for ever. */
	heap_post_slot(heap, heap->outbox_turn++ % OUTBOX_SLOTS);
	*zeroed = batch.zeroed;
	return block;
}

/* A handler may have filled the FastCache since the fast path found it empty. */
void *p0_alloc(struct heap *heap, unsigned bin, bool *zeroed)
{
	struct heap_front *own = heap_hide();
	void *block = heap_pop(&heap->front, bin * WORD_BIN_UNIT);

	*zeroed = false;
	if (!block)
		block = refill(heap, bin, zeroed);
	heap_show(own);
	return block;
}

/* Faults the blocks' pages in, whose contents stay as they are. */
static void populate(const struct batch *batch, size_t size)
{
	for (unsigned i = 1; i <= batch->count; i++) {
		volatile char *byte = batch->end[-(int)i], *end = byte + size;

		for (; byte < end; byte += os_page_size())
			*byte = *byte;
		end[-1] = end[-1];
	}
}

/* Brings up to `count` blocks more.  Returns how many. */
static unsigned prewarm_some(struct heap *heap, unsigned bin, unsigned count)
{
	struct fast_cache *cache = &heap->front.cache[bin];
	struct batch batch = batch_of(heap, bin, count);

	lock_take(&heap->lock);
	gather(heap, bin, &batch);
	close_gap(cache, &batch);
	store_relaxed(&cache->top, batch.end - 1);
	account(heap, bin, &batch);
	heap_unlock(heap);
	populate(&batch, size_class_table[bin].usable);
	return batch.count;
}

unsigned p0_prewarm(struct heap *heap, unsigned bin, unsigned count)
{
	struct heap_front *own = heap_hide();
	unsigned have = heap_cached(heap, bin), more;

	split_octave(heap, size_class_octave(bin));
	lock_take(&heap->lock);
	heap_allow(heap, bin, count);
	heap_unlock(heap);
	count = (unsigned)min_size(count, heap_limit(heap, bin));
	while (have < count && (more = prewarm_some(heap, bin, count - have)) != 0)
		have += more;
	heap_show(own);
	return have;
}

void heap_evict(struct heap *heap, unsigned bin, unsigned count)
{
	void **top = heap->front.cache[bin].top - count;

	store_relaxed(&heap->front.cache[bin].top, top);
	bin_put(heap, bin, top + 1, count);
	counters_add(&heap->counters, COUNTER_flushes, 1);
	counters_add(&heap->counters, COUNTER_flushed, count);
	debug_ring_add(RING_FLUSH, bin, count);
}

/*
 * A bin without room in its FastCache: the program only frees, or there is no budget.
 * With HAKMEM_TINY_FAST_STATS=1 the SLL is the cache, so that calls can be counted.
 */
static void free_uncached(struct heap *heap, unsigned bin, void *block)
{
	if (options_get(OPTION_TINY_FAST_STATS) &&
	    heap->bin[bin].sll_count < heap->bin[bin].first_cap) {
		push_sll(&heap->bin[bin], block);
		return;
	}
	bin_put(heap, bin, &block, 1);
}

static void overflow(struct heap *heap, unsigned bin, void *block)
{
	lock_take(&heap->lock);
	heap_note_overflow(heap, bin);
	if (heap_is_only_freeing(heap, bin))
		bin_empty_sll(heap, bin);
	if (heap_room(heap, bin) == 0)
		free_uncached(heap, bin, block);
	else
		heap_keep(heap, bin, block);
	if (heap_is_only_freeing(heap, bin))
		bin_release_empty(heap, bin);
	heap_unlock(heap);
}

/* A handler may have emptied the FastCache, or filled it, since it was looked at. */
void p0_free(struct heap *heap, unsigned bin, void *block)
{
	struct heap_front *own = heap_hide();

	if (heap_room(heap, bin) != 0)
		heap_keep(heap, bin, block);
	else
		overflow(heap, bin, block);
	heap_show(own);
}
