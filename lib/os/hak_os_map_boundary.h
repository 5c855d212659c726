/* SPDX-License-Identifier: MIT */
/*
 * hak_os_map_boundary: the only callers of mmap, munmap, mremap, mprotect
 * and madvise.  No policy; errors are returned, errno is kept.
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

/* User addresses of this many bits are all that the Page Registry knows. */
#define OS_ADDRESS_BITS 48

/* Bytes: 4, 16 or 64 KiB.  Asked once. */
HAK_HIDDEN size_t os_page_size(void);

/*
 * Fresh zeroed memory at a multiple of `alignment` (a power of two, at least a
 * page), or NULL.  One call when the kernel's choice is aligned, as it is after
 * the first time, three when the place below it is free, up to seven if not.
 */
HAK_HIDDEN void *os_map(size_t size, size_t alignment);

/* The same there and nowhere else, or NULL. */
HAK_HIDDEN void *os_map_at(uintptr_t place, size_t size);

/* False when the kernel keeps the memory (max_map_count): it is as it was. */
HAK_HIDDEN bool os_unmap(void *address, size_t size);

/*
 * The same for memory of which the caller forgets where it is: what the kernel keeps
 * loses its pages, and is address space alone.
 */
HAK_HIDDEN void os_release(void *address, size_t size);

/* Drops the pages: true means that they read as zero from now on. */
HAK_HIDDEN bool os_purge(void *address, size_t size);

/*
 * Huge pages for this memory, or none; a wish.  Sandboxes kill for advice as
 * rare as this: never unasked.
 */
HAK_HIDDEN void os_want_huge_pages(void *address, size_t size, bool want);
/*
 * Drops the pages and closes the place to every access; it stays reserved.
 * False when that cannot be.
 */
HAK_HIDDEN bool os_seal(void *address, size_t size);

/* Address space without memory, for os_commit(); NULL when there is none. */
HAK_HIDDEN void *os_reserve(size_t size, size_t alignment);

/* Gives back what os_reserve() gave, as long as it is closed. */
HAK_HIDDEN void os_unreserve(void *address, size_t size);

/* Makes it memory, zeroed.  False when that cannot be had. */
HAK_HIDDEN bool os_commit(void *address, size_t size);

/* Grows or shrinks a mapping where it stands.  False when that cannot be. */
HAK_HIDDEN bool os_resize(void *address, size_t old_size, size_t new_size);

/* Moves a mapping to any page.  NULL: it stays as it was. */
HAK_HIDDEN void *os_move(void *address, size_t old_size, size_t new_size);

/*
 * The bytes mapped and not unmapped: what os_map() and os_commit() gave, as
 * os_resize() and os_move() left it.  Purged pages count, they can be touched
 * again at any time; reserved places do not, nor does what an alignment took for
 * a moment.
 */
HAK_HIDDEN size_t os_held(void);

/* Beyond so many bytes os_map() and growing fail; SIZE_MAX: no limit. */
HAK_HIDDEN void os_set_limit(size_t bytes);

/*
 * The number of system calls made so far, by kind; readers use relaxed.  A
 * process makes mprotect() a few times while it is small: not counted.
 */
struct os_calls {
	uint64_t mmap;
	uint64_t munmap;
	uint64_t mremap;
	uint64_t madvise;
	uint64_t mprotect;
};
extern HAK_HIDDEN struct os_calls os_calls;

#endif /* HAK_OS_MAP_BOUNDARY_H */
