/* SPDX-License-Identifier: MIT */
/*
 * interpose: the functions for blocks of whoever serves malloc().  A program
 * with an allocator of its own, or a tool that puts one in our place (memcheck),
 * often lacks these, and so gets ours: they call the public name, as libc's do.
 *
 * A file of its own, so that no compiler sees which function that would be.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdlib.h>

#include "api/fast_path.h"
#include "api/route.h"
#include "base/attributes.h"

/* C23: the headers of today's libc may not have them. */
HAK_EXPORT void free_sized(void *ptr, size_t size);
HAK_EXPORT void free_aligned_sized(void *ptr, size_t alignment, size_t size);

HAK_EXPORT void *reallocarray(void *ptr, size_t count, size_t size)
{
	size_t product;

	if (__builtin_mul_overflow(count, size, &product))
		return route_no_memory();
	return realloc(ptr, product);
}

/* That of malloc.c.  Weak: in a static program it may not be linked. */
extern HAK_HIDDEN __typeof__(free) interpose_free __attribute__((weak));

/* For fast_try_free(): 0 unless the public free() is known to be our own. */
HAK_NEAR static size_t own_granules;

__attribute__((constructor(101))) static void look_at_free(void)
{
	if (free == interpose_free)
		own_granules = WINDOW_GRANULES;
}

HAK_EXPORT void free_sized(void *ptr, size_t size)
{
	if (likely(fast_try_free(ptr, own_granules)))
		return;
	fast_check_size(ptr, 1, size);
	free(ptr);
}

HAK_EXPORT void free_aligned_sized(void *ptr, size_t alignment, size_t size)
{
	if (likely(fast_try_free(ptr, own_granules)))
		return;
	fast_check_size(ptr, alignment, size);
	free(ptr);
}
