/* SPDX-License-Identifier: MIT */
/*
 * huge_cache: freed Huge mappings, resident, for the next Huge block.
 *
 * A FIFO: a request takes the best fit, or one to be grown; the bound on idle memory
 * takes the oldest, or the end of it.  Mappings are never cut in two or joined.
 * Bounded by its slots, and in bytes by the retention box.
 * Thread-safe (LOCK_RANK_HUGE, never held across a system call).
 */
#ifndef HAK_HUGE_CACHE_H
#define HAK_HUGE_CACHE_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/lock.h"

/* Its holder's: the owner of the block, or whoever took it out of the cache. */
struct mapping {
	char *base;
	size_t size;	      /* bytes mapped, a multiple of GRANULE_SIZE */
	size_t usable;	      /* usable <= size: the program's */
	struct mapping *next; /* unused descriptors, singly linked, LIFO */
};

/* A descriptor without a mapping, or NULL: no memory. */
HAK_HIDDEN struct mapping *mapping_descriptor(void);
HAK_HIDDEN void mapping_descriptor_give(struct mapping *m);

/* Unmaps it; the descriptor goes back too.  Returns its bytes. */
HAK_HIDDEN size_t mapping_drop(struct mapping *m);

/*
 * The smallest cached mapping at a multiple of `alignment` that holds `size`
 * bytes and is not much larger; else the largest that holds fewer, which the
 * caller grows; else NULL.
 */
HAK_HIDDEN struct mapping *huge_cache_take(size_t size, size_t alignment);

/* Takes over a mapping that is free and counts as resident. */
HAK_HIDDEN void huge_cache_put(struct mapping *m);

/* Unmaps the oldest until `bytes` are given back, or more.  Returns how many were. */
HAK_HIDDEN size_t huge_cache_evict(size_t bytes);

/* For the fork handlers (heap/fork.c). */
HAK_HIDDEN void huge_cache_fork(enum fork_step step);

#endif /* HAK_HUGE_CACHE_H */
