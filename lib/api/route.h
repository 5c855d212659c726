/* SPDX-License-Identifier: MIT */
/*
 * route: everything behind the fast paths, by size or by registry word.
 * Thread-safe.  Failure is NULL with errno ENOMEM; success keeps errno.
 */
#ifndef HAK_ROUTE_H
#define HAK_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "hakmem.h"
#include "os/hak_os_map_boundary.h"

/* No memory that is given back would make room for so much. */
static inline bool route_is_too_large(size_t size)
{
	return unlikely(size >> OS_ADDRESS_BITS != 0);
}

/* Any size; for fast_malloc() and fast_calloc() when they have no block. */
HAK_HIDDEN HAK_NOINLINE void *route_malloc(size_t size);
HAK_HIDDEN HAK_NOINLINE void *route_calloc(size_t bytes);
/* Any pointer; for fast_free() when it is not a plain push. */
HAK_HIDDEN HAK_NOINLINE void route_free(void *block);
/* Any pointer; for fast_usable_size() when it is no plain block of a heap. */
HAK_HIDDEN HAK_NOINLINE size_t route_usable_size(const void *block);
/* What a sized free says of its block, in hardened mode: see fast_check_size(). */
HAK_HIDDEN HAK_COLD void route_check_size(const void *block, size_t alignment,
					  size_t size);
/* Gives the calling thread its heap before it needs one. */
HAK_HIDDEN void route_start_thread(void);
/* NULL, with errno ENOMEM. */
HAK_HIDDEN HAK_COLD void *route_no_memory(void);

/* realloc(): glibc's rules for NULL and 0. */
HAK_HIDDEN void *api_realloc(void *block, size_t size);
/* alignment: a power of two; above HUGE_ALIGN_MAX: ENOMEM. */
HAK_HIDDEN void *api_aligned_alloc(size_t alignment, size_t size);
/* posix_memalign(): 0, EINVAL or ENOMEM; keeps errno. */
HAK_HIDDEN int api_posix_memalign(void **out, size_t alignment, size_t size);
HAK_HIDDEN int api_owns(const void *block);
HAK_HIDDEN size_t api_good_size(size_t size);

/* See hakmem.h for these. */
HAK_HIDDEN size_t api_purge(void);
HAK_HIDDEN size_t api_prewarm(size_t size, size_t count);
HAK_HIDDEN int api_stats(hak_stats_t *out, size_t size);
HAK_HIDDEN int api_stats_print(void (*write)(void *arg, const char *text),
			       void *arg, unsigned format);

#endif /* HAK_ROUTE_H */
