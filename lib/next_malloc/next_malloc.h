/* SPDX-License-Identifier: MIT */
/*
 * next_malloc: the allocator beneath this one, for a program that HAKMEM_DISABLE hands
 * to it entirely: libc's, or one that the program brings along.  Each is the
 * function of that kind there, with its errors.
 */
#ifndef HAK_NEXT_MALLOC_H
#define HAK_NEXT_MALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "options/options.h"

/* Does libc serve this process?  Asked on slow paths alone. */
static inline bool libc_serves(void)
{
	return unlikely(options_get(OPTION_DISABLE) != 0);
}

/*
 * After options_load(): a libc whose allocator cannot be reached serves nobody;
 * it gets a line on stderr and HAKMEM_DISABLE is 0 again.
 */
HAK_HIDDEN void libc_start(void);

/* Functions of struct backend (api/backend.h). */
HAK_HIDDEN HAK_COLD void *libc_alloc(size_t size, size_t alignment, bool *zeroed);
HAK_HIDDEN HAK_COLD void libc_free(void *block, uint32_t word);
HAK_HIDDEN HAK_COLD void *libc_resize(void *block, size_t size);
HAK_HIDDEN HAK_COLD size_t libc_usable_size(const void *block);

/* Is this a static program?  It has no dynamic linker that could find a symbol. */
HAK_HIDDEN HAK_COLD bool libc_is_static(void);

/* The next definition of a name that this library interposes, or NULL. */
HAK_HIDDEN void *libc_next(const char *name);

#endif /* HAK_NEXT_MALLOC_H */
