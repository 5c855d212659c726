/* SPDX-License-Identifier: MIT */
#include "purge/purge.h"

#include <stdint.h>

#include "arena/arena.h"
#include "hardened/hardened.h"
#include "heap/heap.h"
#include "huge/huge.h"
#include "os/hak_os_map_boundary.h"

/* Other threads' FastCaches are theirs; their slabs and inboxes are not. */
static void trim(struct heap *heap)
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
	if (heap_is_real(heap_self))
		heap_flush(heap_of(heap_self));
	heap_cool();
	for (struct heap *h = heap_list(); h; h = h->next)
		trim(h);
}

size_t purge_everything(void)
{
	empty_caches();
	return huge_purge(SIZE_MAX) + arena_purge(SIZE_MAX) + hardened_purge();
}

void purge_excess(size_t bytes)
{
	size_t done = huge_purge(bytes);

	if (done < bytes)
		arena_purge(bytes - done);
}

void purge_for_memory(void)
{
	empty_caches();
	huge_purge(SIZE_MAX);
	arena_unmap_empty();
	hardened_make_room();
}
