/* SPDX-License-Identifier: MIT */
/*
 * The two paths that matter.  No atomics, no locks, no calls, no statistics, no
 * option tests: everything unusual looks like a miss.
 *
 *   malloc(size)
 *     fast_malloc        size -> bin, pop the FastCache
 *       route_malloc     by size (route.c)
 *         p0_refill      one batch for the FastCache (heap/p0.c)
 *           bin_take     free blocks, carving (heap/bin.c, superslab/)
 *           inbox_take   what others freed for us (remote/)
 *           heap_adopt   slabs of dead threads (heap/adopt.c)
 *           arena_take   new slab (arena/) -> chunk_map -> os_map
 *         large_alloc    a run of granules (large/) -> arena_take
 *         huge_alloc     a mapping of its own (huge/) -> os_map
 *
 *   free(block)
 *     fast_free          registry word, is it mine?, push the FastCache
 *       route_free       by registry word (route.c)
 *         p0_overflow    the FastCache is full: SLL, slabs -> arena_give
 *         heap_free_remote   another thread's: outbox -> inbox_post
 *         large_free     -> arena_give -> arena_purge -> os_purge
 *         huge_free      cache of mappings -> os_unmap
 */
#ifndef HAK_FAST_PATH_H
#define HAK_FAST_PATH_H

#include <string.h>

#include "api/route.h"
#include "base/attributes.h"
#include "heap/heap.h"
#include "registry/page_registry.h"
#include "size_class/header.h"

static HAK_ALWAYS_INLINE struct fast_cache *fast_cache_at(struct heap_front *front,
							  uint32_t offset)
{
	return (struct fast_cache *)(void *)((char *)front->cache + offset);
}

/* A block from the FastCache of the size's bin, or NULL. */
static HAK_ALWAYS_INLINE void *fast_pop(size_t size)
{
	struct heap_front *front = heap_self;
	struct fast_cache *cache;
	void **top, *block;

	if (likely(size <= TINY_MAX))
		cache = fast_cache_at(front, front->map.tiny[(size + TINY_STEP - 1) /
							     TINY_STEP]);
	else if (size <= CACHED_MAX)
		cache = fast_cache_at(front, front->map.mid[(size + MID_STEP - 1) /
							    MID_STEP]);
	else
		return NULL;
	top = cache->top;
	block = *top;
	if (likely(block != NULL))
		store_relaxed(&cache->top, top - 1);
	return block;
}

static HAK_ALWAYS_INLINE void *fast_malloc(size_t size)
{
	void *block = fast_pop(size);

	if (unlikely(block == NULL))
		return route_malloc(size);
	return block;
}

static HAK_ALWAYS_INLINE void *fast_calloc(size_t count, size_t size)
{
	size_t bytes;
	void *block;

	if (unlikely(__builtin_mul_overflow(count, size, &bytes)))
		return route_no_memory();
	block = fast_pop(bytes);
	if (unlikely(block == NULL))
		return route_calloc(bytes);
	return memset(block, 0, bytes);
}

static HAK_ALWAYS_INLINE void fast_free(void *block)
{
	size_t granule = registry_window_index(block);
	struct heap_front *front;
	struct fast_cache *cache;
	uint32_t offset;

	if (unlikely(granule >= WINDOW_GRANULES))
		goto unusual;
	front = heap_self;
	offset = load_relaxed(&registry_window.word[granule]) ^ front->owner_word;
	if (unlikely(offset >= BIN_COUNT * WORD_BIN_UNIT))
		goto unusual;
	cache = fast_cache_at(front, offset);
	if (unlikely(cache->top == cache->limit ||
		     !header_intact(block, offset / WORD_BIN_UNIT)))
		goto unusual;
	heap_push(cache, block);
	return;
unusual:
	route_free(block);
}

#endif /* HAK_FAST_PATH_H */
