/* SPDX-License-Identifier: MIT */
/* heap: what the FastCaches of a heap may hold, and how they are emptied. */
#include <string.h>

#include "base/bits.h"
#include "base/die.h"
#include "heap/heap.h"
#include "meta/meta.h"
#include "options/options.h"
#include "stats/stats.h"

/*
 * What the caches of a thread may hold that has shown no need for more; half as
 * much again holds a block of any bin.
 */
#define ALLOWANCE_FIRST ((size_t)36 << 10)
_Static_assert(ALLOWANCE_FIRST / 2 * 3 >= CACHED_MAX + 1024, "one Pool block");

/* All caches together may hold this part of the live heap, whatever the option. */
#define LIVE_SHARE 8u

/*
 * A heap that only frees is looked at after so many overflows.  An eviction says
 * more about that than growth does, and enough in a small heap.
 */
#define HOLLOW_AFTER 24u
#define EVICTION_WEIGHT 8u
/* It is left alone up to so many bytes. */
#define HOLLOW_MIN ((size_t)64 << 10)

/* What a heap without a thread may hold in slabs and keep its caches. */
#define LIGHT_MAX ((size_t)1 << 20)

/* A FastCache's limit as it is stored: half the address of its last slot. */
static uint32_t limit_at(const struct heap *heap, unsigned bin, unsigned count)
{
	return (uint32_t)(uintptr_t)(heap->bin[bin].base + count);
}

static void set_limit(struct heap *heap, unsigned bin, unsigned count)
{
	debug_check(count <= heap->bin[bin].cap);
	heap->cache_bytes += (count - (size_t)heap_limit(heap, bin)) *
			     size_class_table[bin].block;
	heap->front.cache[bin].limit = limit_at(heap, bin, count);
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

/* What all threads together may cache: in a large heap a share of it is little. */
static size_t cache_total(void)
{
	size_t total = (size_t)options_get(OPTION_THREAD_CACHE_TOTAL) << 20;

	return max_size(total, load_relaxed(&stats_totals.live) / LIVE_SHARE);
}

/* What is one heap's of that. */
static size_t cache_share(void)
{
	return cache_total() / max_size(heap_alive_count(), 1);
}

static size_t cache_budget(const struct heap *heap)
{
	return min_size(heap->allowance, cache_share());
}

static size_t allowance_max(void)
{
	return (size_t)options_get(OPTION_THREAD_CACHE_MAX) << 10;
}

void heap_start_allowance(struct heap *heap)
{
	heap->allowance = min_size(ALLOWANCE_FIRST, allowance_max());
}

void heap_raise_allowance(struct heap *heap)
{
	heap_allow(heap, heap->allowance);
}

void heap_allow(struct heap *heap, size_t bytes)
{
	heap->allowance = min_size(heap->allowance + bytes, allowance_max());
}

bool heap_is_light(struct heap *heap)
{
	bool light;

	lock_take(&heap->lock);
	light = heap->allowance <= ALLOWANCE_FIRST && heap->held_bytes <= LIGHT_MAX;
	heap_unlock(heap);
	return light;
}

/* Bytes in FastCaches and SLLs now. */
static size_t spare_bytes(const struct heap *heap)
{
	size_t bytes = load_relaxed(&heap->sll_bytes);

	for (uint64_t mask = heap->limited_mask; mask != 0; mask &= mask - 1) {
		unsigned bin = lowest_bit(mask);

		bytes += (size_t)heap_cached(heap, bin) * size_class_table[bin].block;
	}
	return bytes;
}

bool heap_caches_are_full(const struct heap *heap)
{
	return heap->cache_bytes > cache_budget(heap) &&
	       spare_bytes(heap) > cache_budget(heap);
}

size_t heap_spare_budget(const struct heap *heap)
{
	size_t budget = cache_budget(heap) / 2 * 3;
	size_t used = heap->cache_bytes + load_relaxed(&heap->sll_bytes);

	return used < budget ? budget - used : 0;
}

/* The other bin with the most unused budget, in bytes. */
static unsigned richest_bin(const struct heap *heap, unsigned but)
{
	uint64_t mask = heap->limited_mask & ~((uint64_t)1 << but);
	size_t most = 0;
	unsigned richest = but;

	for (; mask != 0; mask &= mask - 1) {
		unsigned bin = lowest_bit(mask);
		size_t bytes = (size_t)heap_room(heap, bin) * size_class_table[bin].block;

		if (bytes > most) {
			most = bytes;
			richest = bin;
		}
	}
	return richest;
}

/*
 * Another bin gives up half of the budget that it does not use.  It gets it
 * back the same way when it needs it.
 */
static void steal_budget(struct heap *heap, unsigned for_bin)
{
	unsigned victim = richest_bin(heap, for_bin);

	if (victim != for_bin)
		set_limit(heap, victim, heap_limit(heap, victim) -
						(heap_room(heap, victim) + 1) / 2);
}

/*
 * The FastCache moves to an array of four times the slots, or as often four times as
 * `wanted` needs, for good: a thread that frees more than fits and wants it again
 * finds it there without touching it.
 * Only one that has shown so: the first arrays of all bins share a few pages.
 * A fork or a report may see the new array with the old capacity, which is in it.
 */
static bool deepen(struct heap *heap, unsigned bin, unsigned wanted)
{
	struct bin *b = &heap->bin[bin];
	unsigned cap = b->cap * 4u, limit = heap_limit(heap, bin), cached;
	void **slots;

	while (cap < wanted)
		cap *= 4;
	if (heap->allowance <= ALLOWANCE_FIRST ||
	    cap > b->first_cap * FAST_CACHE_DEEPEST)
		return false;
	slots = meta_alloc((cap + 2) * sizeof(*slots));
	if (!slots)
		return false;
	slots++; /* the one below the sentinel can be read */
	cached = heap_cached(heap, bin);
	memcpy(slots + 1, b->base + 1, cached * sizeof(*slots));
	store_relaxed(&heap->front.cache[bin].top, slots + cached);
	store_relaxed(&b->base, slots);
	store_release(&b->cap, (uint16_t)cap);
	heap->front.cache[bin].limit = limit_at(heap, bin, limit);
	return true;
}

/* So many as the budget has room for, perhaps another bin's. */
static unsigned affordable(struct heap *heap, unsigned bin, unsigned count)
{
	unsigned old = heap_limit(heap, bin);
	size_t size = size_class_table[bin].block;

	if ((count - old) * size > heap_spare_budget(heap))
		steal_budget(heap, bin);
	return old + (unsigned)min_size(count - old, heap_spare_budget(heap) / size);
}

void heap_raise_limit(struct heap *heap, unsigned bin, unsigned count)
{
	const struct bin *b = &heap->bin[bin];
	unsigned old = heap_limit(heap, bin);

	count = (unsigned)min_size(count, b->first_cap * FAST_CACHE_DEEPEST);
	if (count <= old || options_get(OPTION_TINY_FAST_STATS))
		return;
	count = affordable(heap, bin, count);
	if (count > b->cap && !deepen(heap, bin, count))
		count = b->cap;
	set_limit(heap, bin, count);
}

void heap_shrink_limit(struct heap *heap, unsigned bin, unsigned count)
{
	if (count < heap_limit(heap, bin))
		set_limit(heap, bin, count);
}

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
	b->streak = 0;
}

void heap_reset_caches(struct heap *heap)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		reset_cache(heap, bin);
	heap->cache_bytes = 0;
	heap->limited_mask = 0;
}

static void flush_bin(struct heap *heap, unsigned bin)
{
	bin_put(heap, bin, heap->bin[bin].base + 1, heap_cached(heap, bin));
	reset_cache(heap, bin);
	if (heap->bin[bin].sll)
		bin_empty_sll(heap, bin);
	bin_retire_current(heap, bin);
}

/* Under heap->lock. */
static void flush_bins(struct heap *heap)
{
	heap_drain(heap);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		flush_bin(heap, bin);
	heap->limited_mask = 0;
}

void heap_flush(struct heap *heap)
{
	struct heap_front *own = heap_hide();

	heap_post_all(heap);
	lock_take(&heap->lock);
	flush_bins(heap);
	heap->missing = heap->keep = 0;
	heap_unlock(heap);
	heap_show(own);
}

/* Bytes of this heap's slabs that the program does not hold. */
static size_t idle_bytes(const struct heap *heap)
{
	return heap->held_bytes - heap->out_bytes + spare_bytes(heap);
}

bool heap_may_keep(const struct heap *heap)
{
	size_t most = heap->held_bytes - heap->out_bytes + heap->cache_bytes +
		      load_relaxed(&heap->sll_bytes);

	/* As much at most, and it is known at once. */
	return most <= heap->keep || idle_bytes(heap) <= heap->keep;
}

void heap_gives_up(struct heap *heap, size_t bytes)
{
	heap->missing += bytes;
	heap->keep -= min_size(heap->keep, bytes);
}

void heap_regret(struct heap *heap, size_t bytes)
{
	size_t again = min_size(bytes, heap->missing);

	if (again == 0)
		return;
	heap->missing -= again;
	heap->keep = min_size(heap->keep + 2 * again, cache_share());
}

/* Until a bin is asked for again, what is freed goes straight to its slab. */
static void mark_freeing(struct heap *heap)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		heap->bin[bin].streak = BIN_FREEING;
}

void heap_note_eviction(struct heap *heap, bool again)
{
	if (!again)
		heap->overflows += heap->allowance > ALLOWANCE_FIRST ?
					   EVICTION_WEIGHT :
					   HOLLOW_AFTER;
	if (heap->overflows < HOLLOW_AFTER)
		return;
	heap->overflows = 0;
	if (heap->held_bytes > HOLLOW_MIN && !heap_may_keep(heap) &&
	    idle_bytes(heap) > heap->held_bytes / 2) {
		heap_gives_up(heap, spare_bytes(heap));
		flush_bins(heap);
		mark_freeing(heap);
	}
}
