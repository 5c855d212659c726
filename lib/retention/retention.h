/* SPDX-License-Identifier: MIT */
/*
 * retention: how much freed memory may stay resident in the process.
 *
 *   idle <= max(PURGE_FLOOR, PURGE_SHARE * live) + widened
 *   widened <= PURGE_HYSTERESIS
 *
 * is restored wherever memory is freed.  `widened` moves in both directions:
 *   up    by twice the purged memory that is wanted again soon,
 *   down  by what is purged, and that is also what stayed idle for a while.
 * So a program that needs its memory again and again keeps it, and one that goes
 * on to other work does not.  Without a clock that is free to read (a process
 * without a vDSO) `widened` stays 0.
 * What the system refuses to take back (it is locked) is allowed for beside it.
 *
 * Counters are atomic and relaxed: the bound is a policy, not an invariant.
 * Thread-safe, no locks.  Sizes are bytes.
 */
#ifndef HAK_RETENTION_H
#define HAK_RETENTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/atomics.h"
#include "base/attributes.h"

/* Memory goes into use: `resident` bytes of it were idle, the rest is clean. */
HAK_HIDDEN void retention_use(size_t bytes, size_t resident);

/*
 * Memory leaves use: `resident` bytes of it become idle.  Returns by how much
 * idle memory is over its bound, 0 when it is not.
 */
HAK_HIDDEN size_t retention_free(size_t bytes, size_t resident);

/*
 * How much more than that a purge should take when it is made of many small
 * pieces, so that the next one is not due at once: down to PURGE_TARGET.
 */
HAK_HIDDEN size_t retention_margin(void);

/* The system would not take so much back (it is locked): allow for it. */
HAK_HIDDEN void retention_refused(size_t bytes);

/* Idle memory was given back to the system. */
HAK_HIDDEN void retention_purged(size_t bytes);

/*
 * Free pages of sparse slabs count as live, and have a bound of their own: a quarter of
 * that of idle memory.  Each heap counts the bytes of its own, and passes that sum, the
 * bytes of its slabs that are not purged, and the number of all heaps.  What exceeds its
 * part of the bound raises an alarm, and so does a purge, so that without one
 *   sum of all heaps <= (PURGE_FLOOR + PURGE_SHARE * live) / 4
 * Threads that only do this share no cache line that is written.
 */
HAK_HIDDEN void retention_note_sparse(size_t sparse, size_t held, unsigned heaps);
/* So much of a slab was purged: it counts as live no more; and does again. */
HAK_HIDDEN void retention_thinned(size_t bytes);
HAK_HIDDEN void retention_not_thin(size_t bytes);

/*
 * Written by retention.c alone, relaxed: widened; sparse bytes beyond their bound when
 * all were last summed up, or, since then, another number above 0: they are to be; idle
 * bytes beyond the bound when it was last looked at.
 */
extern HAK_HIDDEN size_t retention_widened, retention_crowded, retention_rest;

/* Is there something that time or growth makes due?  For slow paths that free nothing. */
static inline bool retention_is_watched(void)
{
	return (load_relaxed(&retention_widened) | load_relaxed(&retention_crowded) |
		load_relaxed(&retention_rest)) != 0;
}

/* How much is due now of what nobody used for a while. */
HAK_HIDDEN size_t retention_unused(void);

/*
 * Is it time to sum up the heaps' sparse bytes, for the next one?  An alarm from now on
 * is for the look after it.
 */
HAK_HIDDEN bool retention_begin_look(void);

/*
 * How much of these is due now: if *old, of slabs that have been sparse for a while, since
 * it is too much; else of any, as much as the process took of clean memory, as long as
 * they exceed the bound of idle memory.
 */
HAK_HIDDEN size_t retention_sparse_excess(size_t sparse, bool *old);

#endif /* HAK_RETENTION_H */
