/* SPDX-License-Identifier: MIT */
/*
 * hak_os_map_boundary: the only callers of mmap, munmap, mremap, mprotect
 * and madvise.  No policy, no locks; errors are returned, errno is kept.
 *
 * pre: addresses and sizes are multiples of os_page_size() unless said
 * otherwise; sizes are not 0.
 */
#ifndef HAK_OS_MAP_BOUNDARY_H
#define HAK_OS_MAP_BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* Bytes: 4, 16 or 64 KiB.  Asked once. */
HAK_HIDDEN size_t os_page_size(void);

/*
 * Fresh zeroed memory at a multiple of `alignment` (a power of two, at least a
 * page), or NULL.  One call when the kernel's choice is aligned, as it is after
 * the first time, three when the place below it is free, up to seven if not.
 */
HAK_HIDDEN void *os_map(size_t size, size_t alignment);

/* False when the kernel keeps the memory (max_map_count). */
HAK_HIDDEN bool os_unmap(void *address, size_t size);

/* Drops the pages: true means that they read as zero from now on. */
HAK_HIDDEN bool os_purge(void *address, size_t size);

/* Keeps huge pages away from memory that is hardly used; a wish. */
HAK_HIDDEN void os_forbid_huge_pages(void *address, size_t size);

/* Grows or shrinks a mapping where it stands.  False when that cannot be. */
HAK_HIDDEN bool os_resize(void *address, size_t old_size, size_t new_size);

/* Address space without memory, to os_move() into; NULL when there is none. */
HAK_HIDDEN void *os_reserve(size_t size, size_t alignment);

/*
 * Moves a mapping to `place`, `new_size` bytes from os_reserve().  On failure
 * the mapping stays as it was; the place may be gone.
 */
HAK_HIDDEN bool os_move(void *address, size_t old_size, void *place,
			size_t new_size);

/* The number of system calls made so far, by kind; readers use relaxed. */
struct os_calls {
	uint64_t mmap;
	uint64_t munmap;
	uint64_t mremap;
	uint64_t madvise;
};
extern HAK_HIDDEN struct os_calls os_calls;

#endif /* HAK_OS_MAP_BOUNDARY_H */
