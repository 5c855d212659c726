/* SPDX-License-Identifier: MIT */
/*
 * P0: batch refill, and its counterpart, the overflow of a FastCache.  One round
 * trip for many blocks.
 *
 * Sources of a batch, in order: SLL, Remote Queue (when much waits), slabs
 * (free blocks, then carving), Remote Queue, adoption, a new slab.  The first
 * three add up; each of the others is asked only when there is nothing yet.
 *
 * Conservation, checked for each batch (P0_COUNTER_MISMATCH):
 *   blocks out of slabs, after - before == blocks delivered
 *           - blocks from the SLL and the Remote Queue
 * Called by the heap's owner, without heap->lock.
 */
#ifndef HAK_P0_H
#define HAK_P0_H

#include <stdbool.h>

#include "base/attributes.h"
#include "heap/heap.h"

/* The most blocks in one batch: the largest first capacity of a FastCache. */
#define P0_BATCH_MAX 256u

/*
 * Returns one block, from a batch if the FastCache is empty, the rest of which it
 * leaves behind in the caches; or NULL: no memory.
 * *zeroed: every usable byte of the block reads as zero.
 */
HAK_HIDDEN void *p0_alloc(struct heap *heap, unsigned bin, bool *zeroed);

/* Puts a block of the heap into its FastCache; makes room there if it is full. */
HAK_HIDDEN void p0_free(struct heap *heap, unsigned bin, void *block);

/*
 * Brings the FastCache of `bin` to `count` blocks, whose pages are resident then.
 * Returns how many it holds.
 */
HAK_HIDDEN unsigned p0_prewarm(struct heap *heap, unsigned bin, unsigned count);

#endif /* HAK_P0_H */
