/* SPDX-License-Identifier: MIT */
/*
 * profile: which places of the program allocate, and what of it lives: an estimate from
 * samples.  Here are the sums; which allocation is sampled, api/profiled.c decides.
 *
 * Any thread, but not in a signal handler that interrupted the holder of a lock.
 */
#ifndef HAK_PROFILE_H
#define HAK_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "base/lock.h"
#include "profile/chance.h"
#include "profile/samples.h"
#include "profile/sites.h"

/*
 * 0: no samples were ever taken; odd: they are now, for a profile or a tracer; even: no
 * more.  Written under the lock, release; read relaxed.
 */
extern HAK_HIDDEN uint32_t profile_epoch;

static inline bool profile_was_begun(void)
{
	return unlikely(load_folded(&profile_epoch) != 0);
}

static inline bool profile_is_on(uint32_t epoch)
{
	return (epoch & 1) != 0;
}

/* The mean of the distances between points, in bytes, if nobody names another. */
#define PROFILE_USUAL_MEAN 524288u

/* That of the samples that are taken now, or were taken last. */
HAK_HIDDEN uint64_t profile_mean(void);

/* Finds the calls that led here: see struct profiler. */
typedef unsigned (*profile_stack_fn)(uintptr_t *pc, unsigned limit);

/* That of the profile; NULL: none is on.  Relaxed. */
extern HAK_HIDDEN profile_stack_fn profile_stack;

/* Begins one, and forgets the one before.  0, or EALREADY: one is on. */
HAK_HIDDEN int profile_begin(uint64_t mean, profile_stack_fn stack);
/* It stays as it is until the next one is begun. */
HAK_HIDDEN void profile_end(void);

/*
 * Samples are taken for a tracer, with that mean, while no profile is on; 0: no more.
 * They are in no profile.
 */
HAK_HIDDEN void profile_trace(uint64_t mean);
/* Are they?  Written under the lock, relaxed. */
extern HAK_HIDDEN bool profile_is_traced;

/*
 * A block of `size` > 0 bytes is a sample.  One that it had when it was last in use goes.
 * pc: NULL: it is for a tracer alone.  Returns the bytes that the sample stands for.
 */
HAK_HIDDEN uint64_t profile_add(const void *block, size_t size, const uintptr_t *pc,
				unsigned depth);

/* The block is about to be freed: takes its sample out.  False: it has none. */
HAK_HIDDEN bool profile_take(const void *block, struct sample *out);
/* It was not freed after all.  epoch: profile_epoch before it was taken. */
HAK_HIDDEN void profile_put_back(const struct sample *s, uint32_t epoch);

/* Lets `look` see the table of samples, which nobody changes meanwhile. */
HAK_HIDDEN int profile_look(int (*look)(void *arg, const struct sample *table,
					size_t places),
			    void *arg);

/* For the fork handlers (heap/fork.c). */
HAK_HIDDEN void profile_fork(enum fork_step step);
/* Is this process a child that the process with the profile forked? */
HAK_HIDDEN bool profile_is_inherited(void);

#endif /* HAK_PROFILE_H */
