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

/* The most blocks in one batch: the largest FastCache. */
#define P0_BATCH_MAX 256u

/*
 * pre: the FastCache of `bin` is empty.  Returns one block and leaves the rest
 * of a batch behind in the caches, or returns NULL: no memory.
 * *zeroed: every usable byte of the block reads as zero.
 */
HAK_HIDDEN void *p0_refill(struct heap *heap, unsigned bin, bool *zeroed);

/* pre: the FastCache of `bin` is full.  Makes room and puts `block` in. */
HAK_HIDDEN void p0_overflow(struct heap *heap, unsigned bin, void *block);

/*
 * Brings the FastCache of `bin` to `count` blocks, whose pages are resident then.
 * Returns how many it holds.
 */
HAK_HIDDEN unsigned p0_prewarm(struct heap *heap, unsigned bin, unsigned count);

#endif /* HAK_P0_H */
