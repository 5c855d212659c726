/* SPDX-License-Identifier: MIT */
/*
 * huge_cache: freed Huge mappings, resident, for the next Huge block.
 *
 * A FIFO: a request takes the one that fits best; the bound on idle memory takes
 * the oldest, or the end of it.  Mappings are never cut in two or joined.
 * Bounded by its slots, and in bytes by the retention box.
 * Thread-safe (LOCK_RANK_HUGE, never held across a system call).
 */
#ifndef HAK_HUGE_CACHE_H
#define HAK_HUGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/lock.h"

/* Its holder's: the owner of the block, or whoever took it out of the cache. */
struct mapping {
	char *base;
	size_t size;	      /* bytes mapped, a multiple of GRANULE_SIZE */
	size_t usable;	      /* usable <= size: the program's */
	bool clean;	      /* in the cache: purged, for it could not be unmapped */
	struct mapping *next; /* unused descriptors, singly linked, LIFO */
};

/* A descriptor without a mapping, or NULL: no memory. */
HAK_HIDDEN struct mapping *mapping_descriptor(void);
HAK_HIDDEN void mapping_descriptor_give(struct mapping *m);

/*
 * Gives a mapping back to the system.  What the system does not take (max_map_count)
 * is purged and stays in the cache.  Returns the bytes that were resident.
 */
HAK_HIDDEN size_t mapping_drop(struct mapping *m);

/*
 * Gives the end back to the system, so that `size` bytes are left.  Returns the bytes
 * given back; 0: the system refused, and nothing has changed.
 * pre: the mapping is not clean, and the end counts as idle.
 */
HAK_HIDDEN size_t mapping_trim(struct mapping *m, size_t size);

/*
 * The cached mapping nearest to `size` bytes, at a multiple of `alignment`, for the
 * caller to grow or trim; or NULL.  One of up to `most` bytes is taken as it is.
 */
HAK_HIDDEN struct mapping *huge_cache_take(size_t size, size_t most, size_t alignment);

/* Takes over a mapping that is free and counts as resident. */
HAK_HIDDEN void huge_cache_put(struct mapping *m);

/* Unmaps the oldest until `bytes` are given back, or more.  Returns how many were. */
HAK_HIDDEN size_t huge_cache_evict(size_t bytes);

/* For the fork handlers (heap/fork.c). */
extern HAK_HIDDEN struct lock huge_lock;

#endif /* HAK_HUGE_CACHE_H */
