/* SPDX-License-Identifier: MIT */
/*
 * Included before everything in each file of the library that the model check
 * compiles: every atomic access and every access to a link first tells the
 * scheduler.  The code itself is the library's, unchanged.
 */
#ifndef HAK_MODEL_HOOKS_H
#define HAK_MODEL_HOOKS_H

/* As many of those files say, and none minds. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Invariants are checked, unless each thread has some of its own in a lock. */
#undef HAK_DEBUG
#if MODEL_DEBUG
#define HAK_DEBUG 1
#endif

/* The running fiber is about to access this address. */
void model_access(const volatile void *address, bool writes);
/* It spins: its next access is a look at what it waits for. */
void model_pause(void);

/* Time stands still, so that a run can be repeated. */
#define clock_gettime(clock, now) (*(now) = (struct timespec){.tv_sec = 1}, 0)

/* A macro does not expand itself: these end in the builtins. */
#define __atomic_load_n(field, order) \
	(model_access((field), false), __atomic_load_n((field), (order)))
#define __atomic_store_n(field, value, order) \
	(model_access((field), true), __atomic_store_n((field), (value), (order)))
#define __atomic_exchange_n(field, value, order) \
	(model_access((field), true), __atomic_exchange_n((field), (value), (order)))
#define __atomic_fetch_add(field, value, order) \
	(model_access((field), true), __atomic_fetch_add((field), (value), (order)))
#define __atomic_fetch_sub(field, value, order) \
	(model_access((field), true), __atomic_fetch_sub((field), (value), (order)))
#define __atomic_compare_exchange_n(field, expected, value, weak, yes, no)      \
	(model_access((field), true),                                           \
	 __atomic_compare_exchange_n((field), (expected), (value), (weak), (yes), \
				     (no)))

#define __builtin_ia32_pause() model_pause()

#define tiny_next_load plain_next_load
#define tiny_next_store plain_next_store
#define tiny_next_walk plain_next_walk
#define tiny_hint_store plain_hint_store
#include "nextptr/tiny_nextptr.h"
#undef tiny_next_load
#undef tiny_next_store
#undef tiny_next_walk
#undef tiny_hint_store

static inline void *tiny_next_load(const void *block)
{
	model_access(block, false);
	return plain_next_load(block);
}

static inline void tiny_next_store(void *block, const void *next)
{
	model_access(block, true);
	plain_next_store(block, next);
}

static inline void *tiny_next_walk(const void *block, bool hinted)
{
	model_access(block, false);
	return plain_next_walk(block, hinted);
}

static inline void tiny_hint_store(void *block, const void *ahead)
{
	model_access(block, true);
	plain_hint_store(block, ahead);
}

#endif /* HAK_MODEL_HOOKS_H */
