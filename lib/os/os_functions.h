/* SPDX-License-Identifier: MIT */
/*
 * os_functions: the functions that ask the system for memory, and name it.
 *
 * They are libc's own, as in libc's malloc, even if another library interposes them:
 * a library that wraps mmap() may allocate in its wrapper, and would call us in the
 * middle of our work.  Hooks that change the code of libc's functions (for RDMA) still
 * see our calls.  Before libc is known, and in a static program, these are plain system
 * calls.  set_name() always is one.
 *
 * Only hak_os_map_boundary calls these; tests put others in their place.
 */
#ifndef HAK_OS_FUNCTIONS_H
#define HAK_OS_FUNCTIONS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/attributes.h"

struct os_functions {
	void *(*mmap)(void *place, size_t size, int protection, int flags, int fd,
		      off_t offset);
	int (*munmap)(void *address, size_t size);
	void *(*mremap)(void *address, size_t old_size, size_t new_size, int flags,
			...);
	int (*mprotect)(void *address, size_t size, int protection);
	int (*madvise)(void *address, size_t size, int advice);
	int (*set_name)(void *address, size_t size, const char *name);
};

/* Each member is written by os_functions_find() alone, relaxed. */
extern HAK_HIDDEN struct os_functions os_functions;

/* Once, when the library is loaded and libc is.  Also sets die_libc_message. */
HAK_HIDDEN void os_functions_find(void);

#endif /* HAK_OS_FUNCTIONS_H */
