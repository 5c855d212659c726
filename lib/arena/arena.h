/* SPDX-License-Identifier: MIT */
/*
 * Arena: address space in chunks of 1, 2, 4, 8 MiB, cut into SuperSlabs, and
 * these into runs of granules for slabs and Large blocks.
 *
 * One lock (LOCK_RANK_ARENA), held across no system call but that of a new chunk.
 * Thread-safe.
 */
#ifndef HAK_ARENA_H
#define HAK_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/lock.h"
#include "superslab/superslab.h"

/* The longest run, in granules: any SuperSlab can hold it. */
#define ARENA_RUN_MAX 16u

/*
 * A run of 1..ARENA_RUN_MAX granules at a multiple of `align` granules (a power
 * of two, at most ARENA_RUN_MAX); base, granules and content are filled in, the
 * registry words are the caller's to set.  NULL when there is no memory.
 */
HAK_HIDDEN struct slab *arena_take(unsigned granules, unsigned align);

/*
 * The same, without alignment, for blocks that will use all of their memory.  A SuperSlab
 * that this begins becomes resident at once, in a huge page if the system has one for us.
 */
HAK_HIDDEN struct slab *arena_take_dense(unsigned granules);

/*
 * The same, without alignment; what is not resident yet, where the run can best be
 * made longer: where the longest row of free granules begins.
 */
HAK_HIDDEN struct slab *arena_take_roomy(unsigned granules);

/*
 * Gives a run back, of which the first `touched` bytes were written to.  Returns how
 * much is idle beyond the bound, for arena_purge(), which may take long: without a
 * lock.  The caller cleared the words.
 */
HAK_HIDDEN size_t arena_give(struct slab *run, size_t touched);

/* Makes a run longer where it stands, or false. */
HAK_HIDDEN bool arena_extend(struct slab *run, unsigned granules);

/* Makes a run shorter; the end of it becomes free.  Returns as arena_give(). */
HAK_HIDDEN size_t arena_shorten(struct slab *run, unsigned granules);

/*
 * Gives idle memory back to the system, SuperSlab by SuperSlab, until it is `bytes` or
 * more, or there is none.  Returns how many bytes.
 */
HAK_HIDDEN size_t arena_purge(size_t bytes);

/*
 * Gives all free memory back, also what was given back before: where the kernel makes
 * huge pages it fills such holes in time.  Returns how many bytes were idle.
 */
HAK_HIDDEN size_t arena_purge_all(void);

/* Unmaps SuperSlabs that hold no run.  Returns how many bytes of them were idle. */
HAK_HIDDEN size_t arena_unmap_empty(void);

/* For the fork handlers (heap/fork.c). */
HAK_HIDDEN void arena_fork(enum fork_step step);

#endif /* HAK_ARENA_H */
