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

/* See above; written by retention.c alone. */
extern HAK_HIDDEN size_t retention_widened;
HAK_HIDDEN size_t retention_unused(void);

/*
 * For slow paths that free nothing, since time alone narrows the bound.  Returns how
 * much is to be purged: what nobody used for a while.
 */
static inline size_t retention_excess(void)
{
	return likely(load_relaxed(&retention_widened) == 0) ? 0 : retention_unused();
}

#endif /* HAK_RETENTION_H */
