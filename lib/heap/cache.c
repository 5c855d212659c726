/* SPDX-License-Identifier: MIT */
/*
 * heap: how much the FastCaches of a thread may hold.  This file alone decides it.
 *
 *   slow start   a bin's limit grows with its batches, up to its first array
 *   depth        a bin that misses after it has overflowed wants back what it gave
 *                up: its limit doubles, in a larger array if need be, and so does
 *                the thread's budget
 *   release      a bin that overflows again and again without a miss is only
 *                freeing: its limit is at most an eighth of the blocks that are still
 *                out, so that in the end hardly a slab is held by what is cached.  A
 *                miss brings back twice what it had before
 *   borrowing    when the budget is spent, or a second after the last look, a bin that
 *                had no miss since then gives up half of its limit
 *
 * All of it runs in the owner's slow paths, where the heap is hidden (heap_hide()).
 */
#include <string.h>

#include "base/bits.h"
#include "base/coarse_clock.h"
#include "base/die.h"
#include "heap/heap.h"
#include "meta/meta.h"
#include "options/options.h"
#include "stats/stats.h"

/*
 * The budget, in bytes, of a thread that has shown no need for more; half as much
 * again holds a block of any bin.
 */
#define FIRST_BUDGET ((size_t)36 << 10)
_Static_assert(FIRST_BUDGET / 2 * 3 >= CACHED_MAX + 1024, "one Pool block");

/* All caches together may hold this part of the live heap, whatever the option. */
#define LIVE_SHARE 8u

/* What a heap without a thread may hold in slabs and keep its caches. */
#define LIGHT_MAX ((size_t)1 << 20)

/*
 * Overflows without a miss before a bin counts as only freeing, in a thread that has
 * wanted back before what it gave up; in others the first one says so.
 */
#define PATIENCE 3u
/* Such a bin caches at most this part of the blocks that are still out. */
#define FREEING_SHARE 8u

/* So often the budget does not suffice between two looks for what can be borrowed. */
#define LOOK_EVERY 32u
/* Milliseconds after which a look is due in any case. */
#define LOOK_PERIOD 1000u
/* Slow paths between two readings of the clock. */
#define CLOCK_EVERY 8u

static void set_limit(struct heap *heap, unsigned bin, unsigned count)
{
	struct fast_cache *cache = &heap->front.cache[bin];

	debug_check(count <= heap->bin[bin].cap && count >= heap_cached(heap, bin));
	heap->limit_bytes += (count - (size_t)heap_limit(heap, bin)) *
			     size_class_table[bin].block;
	cache->limit = (uint32_t)(uintptr_t)(heap->bin[bin].base + count);
	heap->limited_mask |= (uint64_t)(count != 0) << bin;
}

bool heap_has_cached(const struct heap *heap, unsigned bin, const void *block)
{
	void **slot = heap->bin[bin].base;
	unsigned count = heap_cached(heap, bin);

	while (count != 0 && slot[count] != block)
		count--;
	return count != 0;
}

/* ---- the thread's budget ---- */

/* What all threads together may cache: in a large heap a share of it is little. */
static size_t cache_total(void)
{
	size_t total = (size_t)options_get(OPTION_THREAD_CACHE_TOTAL) << 20;

	return max_size(total, load_relaxed(&stats_totals.live) / LIVE_SHARE);
}

static size_t budget(const struct heap *heap)
{
	return min_size(heap->budget, cache_total() / max_size(heap_alive_count(), 1));
}

void heap_start_budget(struct heap *heap)
{
	store_relaxed(&heap->budget, (size_t)0);
	heap_raise_budget(heap, FIRST_BUDGET);
}

void heap_raise_budget(struct heap *heap, size_t bytes)
{
	size_t most = (size_t)options_get(OPTION_THREAD_CACHE_MAX) << 10;

	store_relaxed(&heap->budget, min_size(heap->budget + bytes, most));
}

bool heap_is_light(struct heap *heap)
{
	bool light;

	lock_take(&heap->lock);
	light = heap->budget <= FIRST_BUDGET && heap->held_bytes <= LIGHT_MAX;
	heap_unlock(heap);
	return light;
}

/* Never are all caches full, so limits may add up to more than contents should. */
static size_t spare_budget(const struct heap *heap)
{
	size_t most = budget(heap) / 2 * 3;

	return heap->limit_bytes < most ? most - heap->limit_bytes : 0;
}

/* ---- borrowing ---- */

static void give_up_half(struct heap *heap, unsigned bin)
{
	unsigned limit = heap_limit(heap, bin) / 2, cached = heap_cached(heap, bin);

	if (cached > limit)
		heap_evict(heap, bin, cached - limit);
	set_limit(heap, bin, limit);
}

/* Under heap->lock, as are the next two. */
static void look(struct heap *heap, unsigned for_bin)
{
	uint64_t mask = heap->limited_mask & ~((uint64_t)1 << for_bin);

	heap->looked_at = coarse_clock_ms();
	for (; mask != 0; mask &= mask - 1) {
		struct bin *b = &heap->bin[lowest_bit(mask)];

		if (!b->missed)
			give_up_half(heap, lowest_bit(mask));
		b->missed = false;
	}
}

static void borrow(struct heap *heap, unsigned for_bin)
{
	if (++heap->borrowings % LOOK_EVERY == 0)
		look(heap, for_bin);
}

/* What a thread needed once, and does not need any more, goes home in a few looks. */
static void look_in_time(struct heap *heap, unsigned for_bin)
{
	if (++heap->slow_paths % CLOCK_EVERY == 0 &&
	    coarse_clock_ms() - heap->looked_at >= LOOK_PERIOD)
		look(heap, for_bin);
}

/* ---- a bin's limit ---- */

/*
 * The FastCache gets its first array, a quarter of its first capacity, or moves to one of
 * four times the slots, or as often four times as `wanted` needs, for good.
 * A fork or a report may see the new array with the old capacity, which is in it.
 */
static bool deepen(struct heap *heap, unsigned bin, unsigned wanted)
{
	struct bin *b = &heap->bin[bin];
	unsigned limit = heap_limit(heap, bin), cached = heap_cached(heap, bin);
	unsigned cap = b->cap != 0 ? b->cap * 4u : (unsigned)max_size(b->first_cap / 4u, 1);
	void **slots;

	while (cap < wanted)
		cap *= 4;
	cap = (unsigned)min_size(cap, b->first_cap * FAST_CACHE_DEEPEST);
	if (cap < wanted || cap == b->cap)
		return false;
	slots = meta_alloc((cap + 2) * sizeof(*slots));
	if (!slots)
		return false;
	slots++; /* the one below the sentinel can be read */
	memcpy(slots + 1, b->base + 1, cached * sizeof(*slots));
	store_relaxed(&heap->front.cache[bin].top, slots + cached);
	store_relaxed(&b->base, slots);
	store_release(&b->cap, (uint16_t)cap);
	heap->front.cache[bin].limit = (uint32_t)(uintptr_t)(slots + limit);
	return true;
}

/* Lets a bin hold `count` blocks, as far as the budget goes.  Under heap->lock. */
static void raise_limit(struct heap *heap, unsigned bin, unsigned count)
{
	const struct bin *b = &heap->bin[bin];
	unsigned old = heap_limit(heap, bin);
	size_t size = size_class_table[bin].block;

	count = (unsigned)min_size(count, b->first_cap * FAST_CACHE_DEEPEST);
	if (count <= old || options_get(OPTION_TINY_FAST_STATS))
		return;
	if ((count - old) * size > spare_budget(heap))
		borrow(heap, bin);
	count = old + (unsigned)min_size(count - old, spare_budget(heap) / size);
	if (count > b->cap && !deepen(heap, bin, count))
		count = b->cap;
	set_limit(heap, bin, count);
}

void heap_allow(struct heap *heap, unsigned bin, unsigned count)
{
	heap_raise_budget(heap, (size_t)count * size_class_table[bin].block);
	raise_limit(heap, bin, count);
}

unsigned heap_note_miss(struct heap *heap, unsigned bin)
{
	struct bin *b = &heap->bin[bin];
	unsigned batch = b->batch;

	b->batch = (uint16_t)min_size(batch * 2u, max_size(b->first_cap / 2u, 1));
	b->missed = true;
	look_in_time(heap, bin);
	if (b->overflows != 0) {
		heap_raise_budget(heap, heap->budget);
		raise_limit(heap, bin, 2u * (unsigned)max_size(b->peak, heap_limit(heap, bin)));
	}
	b->overflows = 0;
	/* The first batch fills the FastCache, so that the first free of a size is exact. */
	raise_limit(heap, bin, b->refills == 0 ? batch - 1u : b->batch * 2u);
	return (unsigned)min_size(batch, heap_limit(heap, bin) / 2 + 1);
}

bool heap_is_only_freeing(const struct heap *heap, unsigned bin)
{
	unsigned patience = load_relaxed(&heap->budget) > FIRST_BUDGET ? PATIENCE : 0;

	return heap->bin[bin].overflows > patience;
}

void heap_note_overflow(struct heap *heap, unsigned bin)
{
	struct bin *b = &heap->bin[bin];
	unsigned limit = heap_limit(heap, bin), cached = heap_cached(heap, bin);

	look_in_time(heap, bin);
	if (b->overflows == 0) {
		raise_limit(heap, bin, b->batch); /* every bin has room for that */
		if (heap_limit(heap, bin) > limit)
			return;
		b->peak = (uint16_t)limit;
	}
	b->overflows = (uint8_t)min_size(b->overflows + 1u, UINT8_MAX);
	if (heap_is_only_freeing(heap, bin))
		limit = (unsigned)min_size(limit, b->out / FREEING_SHARE);
	if (cached > limit / 2)
		heap_evict(heap, bin, cached - limit / 2);
	set_limit(heap, bin, limit);
}

/* ---- empty caches ---- */

static unsigned first_batch(unsigned bin)
{
	unsigned prewarm = size_class_table[bin].prewarm;

	switch (options_get(OPTION_PREWARM)) {
	case PREWARM_NO:
		return 1;
	case PREWARM_EAGER:
		return (unsigned)max_size(1, prewarm);
	default:
		return (unsigned)max_size(1, prewarm / 16);
	}
}

/* As it is at first, without room; what is in it is forgotten. */
static void reset_cache(struct heap *heap, unsigned bin)
{
	struct bin *b = &heap->bin[bin];

	store_relaxed(&heap->front.cache[bin].top, b->base);
	set_limit(heap, bin, 0);
	b->batch = (uint16_t)min_size(first_batch(bin), b->first_cap);
	b->overflows = 0;
	b->peak = 0;
}

void heap_reset_caches(struct heap *heap)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		reset_cache(heap, bin);
	heap->limit_bytes = 0;
	heap->limited_mask = 0;
}

void heap_flush(struct heap *heap)
{
	struct heap_front *own = heap_hide();

	heap_post_all(heap);
	lock_take(&heap->lock);
	heap_drain(heap);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		bin_put(heap, bin, heap->bin[bin].base + 1, heap_cached(heap, bin));
		bin_empty_sll(heap, bin);
		bin_retire_current(heap, bin);
	}
	heap_reset_caches(heap);
	heap_unlock(heap);
	heap_show(own);
}
