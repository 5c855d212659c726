/* SPDX-License-Identifier: MIT */
#include "purge/purge.h"

#include <stdint.h>

#include "arena/arena.h"
#include "base/bits.h"
#include "base/lock.h"
#include "hardened/hardened.h"
#include "heap/heap.h"
#include "heap/thin.h"
#include "huge/huge_cache.h"
#include "retention/retention.h"

/* Other threads' FastCaches are theirs; their slabs and inboxes are not. */
static void trim_all(struct heap *heap)
{
	if (!lock_try(&heap->lock))
		return;
	heap_drain(heap);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		bin_empty_sll(heap, bin);
		bin_retire_current(heap, bin);
	}
	heap_unlock(heap);
}

/* So that what the caches hold is free in the arenas. */
static void empty_caches(void)
{
	struct heap *mine = heap_mine();

	if (mine)
		heap_flush(mine);
	heap_flush_warm();
	for (struct heap *h = heap_list(); h; h = h->next)
		trim_all(h);
}

/* Free pages of slabs that are in use. */
static size_t thin_slabs(void)
{
	size_t done = 0;

	for (struct heap *h = heap_list(); h; h = h->next)
		done += heap_thin_all(h);
	return done;
}

/* All that is idle, and unmaps what is empty then. */
static size_t give_back(void)
{
	size_t done = huge_cache_evict(SIZE_MAX) + hardened_purge();

	done += arena_unmap_empty();
	return done + arena_purge_all();
}

/* Slabs first: that keeps the kernel from filling what is purged behind them. */
size_t purge_everything(void)
{
	size_t done;

	if (lock_is_reentered())
		return 0;
	empty_caches();
	done = thin_slabs();
	return done + give_back();
}

static void thin_sparse(size_t bytes, bool old)
{
	for (struct heap *h = heap_list(); h && bytes != 0; h = h->next)
		bytes -= min_size(bytes, heap_thin(h, bytes, old));
}

static size_t sparse_bytes(void)
{
	size_t sum = 0;

	for (struct heap *h = heap_list(); h; h = h->next)
		sum += load_relaxed(&h->sparse);
	return sum;
}

void purge_due(void)
{
	size_t unused = retention_unused(), done = huge_cache_evict(unused), sparse;
	bool old;

	arena_purge(unused - min_size(done, unused));
	if (retention_begin_look()) {
		sparse = retention_sparse_excess(sparse_bytes(), &old);
		thin_sparse(sparse, old);
	}
}

/* Thin slabs free neither address space nor what counts under a limit. */
void purge_for_memory(void)
{
	empty_caches();
	give_back();
	hardened_make_room();
}
