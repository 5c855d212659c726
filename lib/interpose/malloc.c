/* SPDX-License-Identifier: MIT */
/*
 * interpose: the C allocation functions under libc's names, one line each over
 * the api box, with the answers to odd arguments that glibc documents.
 *
 * Callable from any thread at any time, also before main().  These names have
 * no version and nothing here calls another of them by its public name; what
 * does is in public_name_calls.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

#include "api/fast_path.h"
#include "api/route.h"
#include "base/attributes.h"
#include "base/bits.h"
#include "os/hak_os_map_boundary.h"

/*
 * glibc's own names, for a program that wraps some of these functions over them
 * and leaves the others to whoever has them: here too all are of one allocator.
 */
#define LIBC_NAME(name, like)                              \
	extern HAK_EXPORT __typeof__(name) __libc_##name \
		__attribute__((alias(#name), nothrow, leaf, like))
LIBC_NAME(malloc, malloc);
LIBC_NAME(calloc, malloc);
LIBC_NAME(realloc, nothrow);
LIBC_NAME(free, nothrow);
LIBC_NAME(memalign, malloc);
LIBC_NAME(valloc, malloc);
LIBC_NAME(pvalloc, malloc);

/* An old BSD name: the headers of today's libc do not have it. */
extern HAK_EXPORT __typeof__(free) cfree __attribute__((alias("free"), nothrow, leaf));

/* Names that no other definition can replace: see cxx_memory.c and public_name_calls.c. */
extern HAK_HIDDEN __typeof__(malloc) interpose_malloc
	__attribute__((alias("malloc"), nothrow, leaf, malloc));
extern HAK_HIDDEN __typeof__(free) interpose_free
	__attribute__((alias("free"), nothrow, leaf));
extern HAK_HIDDEN __typeof__(aligned_alloc) interpose_aligned_alloc
	__attribute__((alias("aligned_alloc"), nothrow, leaf, malloc));

static void *bad_alignment(void)
{
	errno = EINVAL;
	return NULL;
}

/* At a line of the instruction cache: elsewhere a pair takes up to 4 % longer. */
HAK_EXPORT HAK_CACHE_ALIGNED void *malloc(size_t size)
{
	return fast_malloc(size);
}

HAK_EXPORT HAK_CACHE_ALIGNED void free(void *ptr)
{
	fast_free(ptr);
}

HAK_EXPORT void *calloc(size_t count, size_t size)
{
	return fast_calloc(count, size);
}

HAK_EXPORT void *realloc(void *ptr, size_t size)
{
	return fast_realloc(ptr, size);
}

HAK_EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	if (!is_power_of_two(alignment))
		return bad_alignment();
	return fast_aligned_alloc(alignment, size);
}

/* The next power of two; 0 when size_t has none. */
static size_t round_up_alignment(size_t alignment)
{
	size_t power = BLOCK_ALIGN;

	while (power != 0 && power < alignment)
		power <<= 1;
	return power;
}

/* Old programs pass any number here: glibc rounds it up. */
HAK_EXPORT void *memalign(size_t alignment, size_t size)
{
	if (unlikely(!is_power_of_two(alignment)))
		alignment = round_up_alignment(alignment);
	if (unlikely(alignment == 0))
		return bad_alignment();
	return fast_aligned_alloc(alignment, size);
}

HAK_EXPORT int posix_memalign(void **out, size_t alignment, size_t size)
{
	int error = fast_posix_memalign(out, alignment, size);

	if (error == ENOMEM) /* as libcs leave it, and some callers look there */
		errno = ENOMEM;
	return error;
}

HAK_EXPORT void *valloc(size_t size)
{
	return fast_aligned_alloc(os_page_size(), size);
}

/* valloc() of whole pages. */
HAK_EXPORT void *pvalloc(size_t size)
{
	if (size > PTRDIFF_MAX)
		return route_no_memory();
	return fast_aligned_alloc(os_page_size(), align_up(size, os_page_size()));
}

HAK_EXPORT size_t malloc_usable_size(void *ptr)
{
	return fast_usable_size(ptr);
}
