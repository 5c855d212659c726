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

/* The Page Registry knows only user addresses of up to this many bits. */
#define OS_ADDRESS_BITS 48

/* The size of a page in bytes: 4, 16 or 64 KiB. */
HAK_HIDDEN size_t os_page_size(void);

/*
 * Fresh zeroed memory at a multiple of `alignment` (a power of two, at least a
 * page), or NULL.  This takes one system call when the kernel chooses an aligned
 * address, which is usual after the first call; three when the place below that
 * address is free; at most seven otherwise.
 */
HAK_HIDDEN void *os_map(size_t size, size_t alignment);

/* The same at this place and nowhere else, or NULL. */
HAK_HIDDEN void *os_map_at(uintptr_t place, size_t size);

/* False when the kernel refuses (max_map_count): then the memory is unchanged. */
HAK_HIDDEN bool os_unmap(void *address, size_t size);

/*
 * The same for memory that the caller will not use again.  When the kernel refuses to
 * unmap, this drops the pages, and only address space is lost.
 */
HAK_HIDDEN void os_release(void *address, size_t size);

/* Drops the pages: true means that they read as zero from now on. */
HAK_HIDDEN bool os_purge(void *address, size_t size);

/*
 * The same, and these pages become a mapping of their own: mappings beside them are not
 * joined with it.
 */
HAK_HIDDEN bool os_purge_apart(void *address, size_t size);

/*
 * Asks for huge pages for this memory, or asks for none.  The kernel may ignore this.
 * False: it refuses.
 */
HAK_HIDDEN bool os_want_huge_pages(void *address, size_t size, bool want);

/*
 * Drops the pages and forbids every access; the address space stays reserved.
 * False when the kernel refuses.
 */
HAK_HIDDEN bool os_seal(void *address, size_t size);

/* Address space without memory, for os_commit(); NULL when there is none. */
HAK_HIDDEN void *os_reserve(size_t size, size_t alignment);

/* Unmaps what os_reserve() returned and os_commit() has not made memory. */
HAK_HIDDEN void os_unreserve(void *address, size_t size);

/* Makes reserved address space zeroed memory.  False when there is none. */
HAK_HIDDEN bool os_commit(void *address, size_t size);

/* Grows or shrinks a mapping in its place.  False when the kernel refuses. */
HAK_HIDDEN bool os_resize(void *address, size_t old_size, size_t new_size);

/* Moves a mapping to a free place.  NULL: the mapping is unchanged. */
HAK_HIDDEN void *os_move(void *address, size_t old_size, size_t new_size);

/*
 * HAKMEM_NAME_MAPS=1: the mappings of this memory are shown with the name "[anon:NAME]" in
 * /proc/PID/maps, where the kernel has such names.  The kernel joins no mappings of
 * different names, so all memory of one kind has one.  It stays when a mapping is
 * resized or moved, but not on pages that os_purge_apart() or os_seal() replace.
 * Without os_name_maps() there is no system call.
 */
HAK_HIDDEN void os_name(void *address, size_t size, const char *name);
HAK_HIDDEN void os_name_maps(void);

/*
 * The bytes that are mapped now by os_map() and os_commit(), with the changes of
 * os_resize() and os_move().  Purged pages count, since the program may touch them at
 * any time.  Reserved address space does not count, nor does memory that an aligned
 * mapping takes for a moment.
 */
HAK_HIDDEN size_t os_held(void);

/* Mapping and growing beyond this number of bytes fail.  SIZE_MAX: no limit. */
HAK_HIDDEN void os_set_limit(size_t bytes);

/* The bytes that are left below it. */
HAK_HIDDEN size_t os_room(void);

#endif /* HAK_OS_MAP_BOUNDARY_H */
