/* SPDX-License-Identifier: MIT */
/*
 * route: everything behind the fast paths, by size or by registry word.
 * Thread-safe.  Failure is NULL with errno ENOMEM; success keeps errno.
 */
#ifndef HAK_ROUTE_H
#define HAK_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "os/hak_os_map_boundary.h"

/* No memory that is given back would make room for so much. */
static inline bool route_is_too_large(size_t size)
{
	return unlikely(size >> OS_ADDRESS_BITS != 0);
}

/*
 * Any size; for fast_malloc() and fast_calloc() when they have no block.  profiled.c
 * defines route_malloc() and route_free(), so that a sampled thread is served by its
 * caches without another jump.
 */
HAK_HIDDEN HAK_NOINLINE void *route_malloc(size_t size);
HAK_HIDDEN HAK_NOINLINE void *route_calloc(size_t bytes);
/* For fast_aligned_alloc() and fast_posix_memalign(). */
HAK_HIDDEN HAK_NOINLINE void *route_aligned_alloc(size_t alignment, size_t size);
HAK_HIDDEN HAK_NOINLINE int route_posix_memalign(void **out, size_t alignment,
						 size_t size);
/* Any pointer; for fast_free() when it is not a plain push. */
HAK_HIDDEN HAK_NOINLINE void route_free(void *block);
/* The same while no profile was ever begun. */
HAK_HIDDEN HAK_NOINLINE void *route_malloc_by_backend(size_t size);
HAK_HIDDEN HAK_NOINLINE void route_free_by_backend(void *block);
/* Any pointer but NULL; for fast_realloc() when it does not plainly stay. */
HAK_HIDDEN HAK_NOINLINE void *route_realloc(void *block, size_t size);
/* Any pointer; for fast_usable_size() when it is no plain block of a heap. */
HAK_HIDDEN HAK_NOINLINE size_t route_usable_size(const void *block);
/* What a sized free says of its block, in hardened mode: see fast_check_size(). */
HAK_HIDDEN HAK_COLD void route_check_size(const void *block, size_t alignment,
					  size_t size);
/* NULL, with errno ENOMEM. */
HAK_HIDDEN HAK_COLD void *route_no_memory(void);

/*
 * Any size and alignment, a power of two: what most backends do around their
 * try_alloc().  See there for *zeroed.
 */
HAK_HIDDEN void *route_alloc(size_t size, size_t alignment, bool *zeroed);

#endif /* HAK_ROUTE_H */
