/* SPDX-License-Identifier: MIT */
/*
 * spare: freed Huge mappings, resident still, that wait to be used again.
 *
 * Spares that stand side by side are joined.  One that is large enough serves a
 * request (the front of it, the rest stays); else the longest is made larger, or
 * pages are moved under a new block: page tables change, bytes do not.  So a program
 * that rotates blocks of any sizes faults few pages again that it just had.
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
#include "huge/mapping.h"

/* A descriptor without a mapping, or NULL: no memory. */
HAK_HIDDEN struct mapping *spare_descriptor(void);
HAK_HIDDEN void spare_descriptor_give(struct mapping *m);

/*
 * The smallest spare that holds `size` bytes at a multiple of `alignment`, cut
 * to that size when the rest is worth keeping; or NULL.
 */
HAK_HIDDEN struct mapping *spare_take(size_t size, size_t alignment);

/*
 * Joins the spare behind a block to it, so that it has at least `size` bytes.
 * False: there is none, or a shorter one, and nothing has changed.
 */
HAK_HIDDEN bool spare_extend(struct mapping *m, size_t size);

/* The longest part of a spare, unless it is not worth a system call; or NULL. */
HAK_HIDDEN struct mapping *spare_take_longest(void);

/*
 * Moves pages of spares under a mapping, from offset *filled on and as far as
 * they reach, and adds to *filled what has pages then.  False: a part of `m` is
 * lost, and what was left of it has been unmapped; the descriptor is the
 * caller's.
 */
HAK_HIDDEN bool spare_move_under(struct mapping *m, size_t *filled);

/* The bytes from `offset` on become a spare.  False: they stay what they are. */
HAK_HIDDEN bool spare_cut(struct mapping *m, size_t offset);

/* Takes over a mapping that is free and, as far as known, resident. */
HAK_HIDDEN void spare_put(struct mapping *m);

/* Unmaps the oldest until `bytes` are given back.  Returns how many were. */
HAK_HIDDEN size_t spare_evict(size_t bytes);

/* For the fork handlers (heap/fork.c). */
HAK_HIDDEN void spare_fork(enum fork_step step);

#endif /* HAK_HUGE_SPARE_H */
