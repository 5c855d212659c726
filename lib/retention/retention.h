/* SPDX-License-Identifier: MIT */
/*
 * retention: how much freed memory may stay resident.
 *
 *   idle <= max(max(PURGE_FLOOR, PURGE_SHARE * live) + boost, wave_keeps(live))
 *
 * is restored wherever memory is freed, in bytes, without a clock.  `boost` is
 * the hysteresis: it grows by twice the purged memory that is wanted again, and
 * shrinks by what is purged,
 *   boost <= max(PURGE_HYSTERESIS, live / 2)
 * What the system refuses to take back (it is locked) is allowed for beside it.
 *
 * Counters are atomic and relaxed: the bound is a policy, not an invariant.
 * Thread-safe, no locks.
 */
#ifndef HAK_RETENTION_H
#define HAK_RETENTION_H

#include <stddef.h>
#include <stdint.h>

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

#endif /* HAK_RETENTION_H */
