/* SPDX-License-Identifier: MIT */
/*
 * spare: freed Huge mappings, resident still, that wait to be used again.
 *
 * A spare serves whole (the front of it, the rest stays), or its pages are moved
 * under a new block: page tables change, bytes do not.  So a program that rotates
 * blocks of any sizes faults no page again that it just had.
 *
 * The pool is a FIFO, bounded by its slots and in bytes by the retention box.
 * Thread-safe (LOCK_RANK_HUGE, never held across a system call).
 */
#ifndef HAK_HUGE_SPARE_H
#define HAK_HUGE_SPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/lock.h"

/* A block has at most so many seams, */
#define SEAMS_MAX 15u
/* and all together: each costs one of the 65530 mappings that a process may have. */
#define SEAMS_TOTAL 4096u

/*
 * A mapping: a block, or spare.  The owner of the block or, of a spare, whoever
 * took it out of the pool may read and write it.
 */
struct huge {
	char *base;
	size_t size;		/* bytes, a multiple of GRANULE_SIZE */
	/*
	 * Offsets where pages from different mappings meet.  The kernel does not
	 * move such a range in one piece.  0 < seam[0] < seam[1] < ... < size
	 */
	size_t seam[SEAMS_MAX];
	unsigned seams;
	struct huge *next;	/* unused descriptors, singly linked */
};

/* A descriptor without a mapping, or NULL: no memory. */
HAK_HIDDEN struct huge *spare_descriptor(void);
HAK_HIDDEN void spare_descriptor_give(struct huge *h);

/*
 * The smallest spare that holds `size` bytes at a multiple of `alignment`, cut
 * to that size when the rest is worth keeping; or NULL.
 */
HAK_HIDDEN struct huge *spare_take(size_t size, size_t alignment);

/*
 * Moves pages of spares under the front of a fresh mapping, as far as they
 * reach.  *moved: the bytes moved.  False: a part of `h` is lost, and what was
 * left of it has been unmapped; the descriptor is the caller's.
 */
HAK_HIDDEN bool spare_move_under(struct huge *h, size_t *moved);

/* Forgets the seams of a block from offset `end` on. */
HAK_HIDDEN void spare_drop_seams(struct huge *h, size_t end);

/* Takes over a mapping that is free and, as far as known, resident. */
HAK_HIDDEN void spare_put(struct huge *h);

/* Unmaps the oldest until `bytes` are given back.  Returns how many were. */
HAK_HIDDEN size_t spare_evict(size_t bytes);

/* For the fork handlers (heap/fork.c). */
HAK_HIDDEN void spare_fork(enum fork_step step);

#endif /* HAK_HUGE_SPARE_H */
