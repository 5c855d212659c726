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

/* A full FastCache that may grow, grows by a quarter and so many. */
#define GROWTH 4u

/* An SLL holds so many times what the FastCache does. */
#define SLL_DEPTH 8u

/* A bin that only frees gathers so many blocks before they go to their slabs. */
#define FREEING_BATCH 8u

/* Blocks that tell whether a chain comes as it was made. */
#define ORDER_LOOK 64u

struct batch {
	unsigned want;
	unsigned count;
	unsigned recycled; /* of these, from the SLL and the Remote Queue */
	bool zeroed;	   /* block[0] was carved from untouched memory */
	void *block[P0_BATCH_MAX];
};

static void take_sll(struct heap *heap, unsigned bin, struct batch *batch)
{
	struct bin *b = &heap->bin[bin];
	unsigned count = 0, want = batch->want - batch->count;
	void **out = batch->block + batch->count, *block = b->sll;

	for (; count < want && block; block = tiny_next_load(block)) {
		free_mark_check(block);
		out[count++] = block;
	}
	b->sll = block;
	bin_sll_lost(heap, bin, count);
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
	unsigned jumps = 0;

	for (unsigned i = 0; i < ORDER_LOOK && block; i++) {
		const void *next = tiny_next_load(block);

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
	b->sll_drained = chain->count;
}

/*
 * The inbox of the bin becomes its SLL, or goes to its slabs.  When more came
 * back, and is wanted again, than the caches may hold, they may hold twice as
 * much.
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
	if ((size_t)chain.count * size_class_table[bin].block > heap->allowance)
		heap_raise_allowance(heap);
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
	unsigned got = bin_take(heap, bin, batch->block + batch->count,
				batch->want - batch->count, &zeroed);

	heap_regret(heap, (size_t)got * size_class_table[bin].block);
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
		die_at("P0_COUNTER_MISMATCH in bin", bin);
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

/* May `count` more blocks wait in the SLL?  It holds as many as some FastCaches. */
static bool sll_has_room(const struct heap *heap, unsigned bin, unsigned count)
{
	return heap->bin[bin].sll_count + count <= heap->bin[bin].first_cap * SLL_DEPTH &&
	       heap_spare_budget(heap) >= count * size_class_table[bin].block;
}

/* The last one on top. */
static void push_sll(struct heap *heap, unsigned bin, void *const *block,
		     unsigned count)
{
	struct bin *b = &heap->bin[bin];
	void *top = b->sll;

	for (unsigned i = 0; i < count; i++) {
		free_mark_set(block[i]);
		tiny_next_store(block[i], top);
		top = block[i];
	}
	b->sll = top;
	count_relaxed(&b->sll_count, count);
	count_relaxed(&heap->sll_bytes, (size_t)count * size_class_table[bin].block);
}

/*
 * block[first..] into the caches, block[first] to be the next one out; into
 * the SLL what the FastCache has no room for, or all of it unless `direct`.
 */
static void deliver(struct heap *heap, unsigned bin, const struct batch *batch,
		    unsigned first, bool direct)
{
	struct fast_cache *cache = &heap->front.cache[bin];
	unsigned room = direct ? heap_room(heap, bin) : 0;
	unsigned kept = (unsigned)min_size(room, batch->count - first);
	void **top = cache->top;

	for (unsigned i = batch->count; i > first + kept; i--)
		push_sll(heap, bin, &batch->block[i - 1], 1);
	for (unsigned i = first + kept; i > first; i--)
		*++top = batch->block[i - 1];
	store_relaxed(&cache->top, top);
}

/*
 * A bin that is missed again gets more each time, up to half its capacity.  The
 * first batch fills the FastCache, so that the first free of a size is one of
 * those that are looked at exactly.  Returns how much it has room for now.
 */
static unsigned grow(struct heap *heap, unsigned bin)
{
	struct bin *b = &heap->bin[bin];
	unsigned batch = b->batch;

	b->batch = (uint16_t)min_size(batch * 2u, max_size(b->first_cap / 2u, 1));
	if (b->refills == 0) {
		heap_raise_limit(heap, bin, batch - 1);
		return heap_limit(heap, bin) + 1;
	}
	heap_raise_limit(heap, bin, b->batch * 2u);
	return heap_limit(heap, bin) / 2 + 1;
}

static void log_batch(unsigned bin, const struct batch *batch)
{
	struct message m;

	message_start(&m);
	message_text(&m, "hakmem: P0 class ");
	message_text(&m, size_class_name(bin));
	message_text(&m, " block ");
	message_decimal(&m, size_class_table[bin].block);
	message_text(&m, ": ");
	message_decimal(&m, batch->count);
	message_text(&m, " blocks, ");
	message_decimal(&m, batch->recycled);
	message_text(&m, " of them recycled");
	message_send(&m);
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

/* How much to ask for: no more than the FastCache has room for. */
static unsigned plan_batch(struct heap *heap, unsigned bin)
{
	unsigned batch = heap->bin[bin].batch;

	if (heap->bin[bin].streak != 0)
		heap_raise_allowance(heap);
	heap->bin[bin].streak = 0;
	heap->overflows = 0;
	if (!options_p0())
		return 1;
	return (unsigned)min_size(batch, grow(heap, bin));
}

static void *refill(struct heap *heap, unsigned bin, bool *zeroed)
{
	struct batch batch;

	batch.count = batch.recycled = 0;
	batch.zeroed = false;
	lock_take(&heap->lock);
	batch.want = plan_batch(heap, bin);
	gather(heap, bin, &batch);
	if (batch.count != 0) {
		/* What was in the SLL once does not go there again. */
		deliver(heap, bin, &batch, 1,
			heap->bin[bin].direct || batch.recycled != 0);
		account(heap, bin, &batch);
	}
	heap_unlock(heap);
	/* What was freed for others does not wait for a full chain for ever. */
	heap_post_slot(heap, heap->outbox_turn++ % OUTBOX_SLOTS);
	*zeroed = batch.zeroed;
	return batch.count != 0 ? batch.block[0] : NULL;
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
	for (unsigned i = 0; i < batch->count; i++) {
		volatile char *byte = batch->block[i], *end = byte + size;

		for (; byte < end; byte += os_page_size())
			*byte = *byte;
		end[-1] = end[-1];
	}
}

unsigned p0_prewarm(struct heap *heap, unsigned bin, unsigned count)
{
	struct heap_front *own = heap_hide();
	struct batch batch;
	unsigned have = heap_cached(heap, bin);

	heap_allow(heap, (size_t)count * size_class_table[bin].block);
	heap_raise_limit(heap, bin, count);
	count = (unsigned)min_size(count, heap_limit(heap, bin));
	while (have < count) {
		batch.want = count - have;
		batch.count = batch.recycled = 0;
		lock_take(&heap->lock);
		gather(heap, bin, &batch);
		deliver(heap, bin, &batch, 0, true);
		account(heap, bin, &batch);
		heap_unlock(heap);
		populate(&batch, size_class_table[bin].usable);
		if (batch.count == 0 || heap_cached(heap, bin) == have)
			break;
		have = heap_cached(heap, bin);
	}
	heap_show(own);
	return have;
}

/* The last `count` blocks of a FastCache leave it: the others need not move. */
static void evict(struct heap *heap, unsigned bin, unsigned count, bool to_sll)
{
	void **top = heap->front.cache[bin].top - count;

	store_relaxed(&heap->front.cache[bin].top, top);
	if (to_sll)
		push_sll(heap, bin, top + 1, count);
	else
		bin_put(heap, bin, top + 1, count);
	counters_add(&heap->counters, COUNTER_flushed, count);
}

/* One more overflow since the last refill.  What may be kept is not freed for good. */
static void lengthen_streak(struct heap *heap, struct bin *b)
{
	unsigned most = heap_may_keep(heap) ? BIN_FREEING - 1 : BIN_FREEING;

	b->streak = (uint16_t)min_size(b->streak + 1u, most);
}

/*
 * A bin that only frees may gather a few, so that not each free comes here; the
 * fewer, the fewer are still out, and none in the end.
 */
static void gather_freed(struct heap *heap, unsigned bin)
{
	struct bin *b = &heap->bin[bin];

	if (b->streak == BIN_FREEING)
		heap_raise_limit(heap, bin, (unsigned)min_size(FREEING_BATCH, b->out / 4));
}

/*
 * A bin without room in a FastCache: the program only frees, or there is no budget
 * (HAKMEM_TINY_FAST_STATS=1 makes it so).
 */
static void free_uncached(struct heap *heap, unsigned bin, void *block)
{
	struct bin *b = &heap->bin[bin];

	if (b->streak < BIN_FREEING && sll_has_room(heap, bin, 1)) {
		push_sll(heap, bin, &block, 1);
		return;
	}
	gather_freed(heap, bin);
	if (heap_room(heap, bin) != 0) {
		heap_keep(heap, bin, block);
		return;
	}
	lengthen_streak(heap, b);
	heap_gives_up(heap, size_class_table[bin].block);
	bin_put(heap, bin, &block, 1);
	bin_release_empty(heap, bin);
}

/*
 * An overflow goes to the SLL while that has room: from there it comes back
 * cheaply; slabs that keep bits take it back more cheaply still.  A program
 * that overflows again and again without a refill is freeing for good: its
 * blocks go home, the SLL too, and the cache shrinks, to a quarter of what is
 * still out, so that in the end hardly a slab is held by what is cached.
 */
static void make_room(struct heap *heap, unsigned bin)
{
	struct bin *b = &heap->bin[bin];
	unsigned cached = heap_cached(heap, bin);
	unsigned half = (cached + 1) / 2;
	bool was_freeing = b->streak == BIN_FREEING;

	lengthen_streak(heap, b);
	if (b->streak == BIN_FREEING) {
		heap_gives_up(heap, (size_t)(cached + b->sll_count) *
					    size_class_table[bin].block);
		bin_empty_sll(heap, bin);
		evict(heap, bin, cached, false);
		bin_release_empty(heap, bin);
		heap_shrink_limit(heap, bin,
				  (unsigned)min_size(b->first_cap / 4u, b->out / 4));
	} else {
		evict(heap, bin, half,
		      !slab_has_bits(bin) && sll_has_room(heap, bin, half));
	}
	counters_add(&heap->counters, COUNTER_flushes, 1);
	debug_ring_add(RING_FLUSH, bin, cached);
	heap_note_eviction(heap, was_freeing);
}

/* Lets a full FastCache grow if it may.  Owner's fields alone: no lock. */
static bool grow_on_overflow(struct heap *heap, unsigned bin, unsigned cached)
{
	if (heap->bin[bin].streak < BIN_FREEING && !heap_caches_are_full(heap))
		heap_raise_limit(heap, bin, cached + cached / 4 + GROWTH);
	return heap_limit(heap, bin) > cached;
}

static void overflow(struct heap *heap, unsigned bin, void *block)
{
	lock_take(&heap->lock);
	if (heap_cached(heap, bin) != 0)
		make_room(heap, bin);
	if (heap_room(heap, bin) == 0)
		free_uncached(heap, bin, block);
	else
		heap_keep(heap, bin, block);
	heap_unlock(heap);
}

/* A handler may have emptied the FastCache, or filled it, since it was looked at. */
void p0_free(struct heap *heap, unsigned bin, void *block)
{
	struct heap_front *own = heap_hide();
	unsigned cached = heap_cached(heap, bin);

	if (cached != heap_limit(heap, bin)) {
		heap_keep(heap, bin, block);
	} else {
		heap->overflows++;
		if (grow_on_overflow(heap, bin, cached))
			heap_keep(heap, bin, block);
		else
			overflow(heap, bin, block);
	}
	heap_show(own);
}
