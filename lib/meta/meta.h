/* SPDX-License-Identifier: MIT */
/*
 * meta: memory for descriptors: heaps, arrays of FastCaches, SuperSlabs, Huge blocks,
 * and those of hardened mode.
 *
 * A bump allocator without a free function.  A box that uses its descriptors again
 * keeps a list of them.  The array of a FastCache that moved to a larger one is not
 * used again.  The first 48 KiB come from .bss, so that a small process needs no mapping
 * for them.  Any thread, under a lock of the last rank.
 */
#ifndef HAK_META_H
#define HAK_META_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/lock.h"

/* Zeroed memory, 64-byte aligned; NULL when the system has none. */
HAK_HIDDEN void *meta_alloc(size_t size);

/* Stands at the start of each mapping that meta_alloc() made. */
struct meta_chunk {
	struct meta_chunk *before; /* NULL: it is the first */
	size_t size;
};

/* The last one. */
HAK_HIDDEN const struct meta_chunk *meta_chunks(void);

/* For the fork handlers (heap/fork.c). */
extern HAK_HIDDEN struct lock meta_lock;

#endif /* HAK_META_H */
