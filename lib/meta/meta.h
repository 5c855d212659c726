/* SPDX-License-Identifier: MIT */
/*
 * meta: memory for descriptors: heaps, SuperSlabs, Huge blocks.
 *
 * A bump allocator that never gives anything back; boxes that free descriptors
 * keep their own free lists.  The first bytes come from .bss, so that a small
 * process needs no mapping for them.  Thread-safe (its own lock, last rank).
 */
#ifndef HAK_META_H
#define HAK_META_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/lock.h"

/* Zeroed memory, 64-byte aligned; NULL when the system has none. */
HAK_HIDDEN void *meta_alloc(size_t size);


/* For the fork handlers (heap/fork.c). */
HAK_HIDDEN void meta_fork(enum fork_step step);

#endif /* HAK_META_H */
