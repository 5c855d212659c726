/* SPDX-License-Identifier: MIT */
/*
 * interpose: where the C++ operators take memory and give it back.
 *
 * A program may bring its own malloc and no operators.  The runtime's operators call
 * malloc() and free(), and programs mix these with new and delete.  So ours call the
 * public names too when these are another allocator's.
 */
#ifndef HAK_CXX_MEMORY_H
#define HAK_CXX_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "api/fast_path.h"
#include "base/attributes.h"
#include "base/bits.h"

/* Is the public name another allocator's?  Written once, before main(). */
extern HAK_HIDDEN bool cxx_malloc_is_foreign, cxx_aligned_alloc_is_foreign;

/* Any size; NULL: there is no memory. */
HAK_HIDDEN HAK_COLD void *cxx_foreign_malloc(size_t size);
/* The same.  alignment: a power of two. */
HAK_HIDDEN HAK_COLD void *cxx_foreign_aligned(size_t size, size_t alignment);

static HAK_ALWAYS_INLINE void *cxx_take(size_t size)
{
	return unlikely(cxx_malloc_is_foreign) ? cxx_foreign_malloc(size) :
						 fast_malloc(size);
}

/* NULL too for an alignment that is no power of two. */
static inline void *cxx_take_aligned(size_t size, size_t alignment)
{
	if (!is_power_of_two(alignment))
		return NULL;
	return unlikely(cxx_aligned_alloc_is_foreign) ?
		       cxx_foreign_aligned(size, alignment) :
		       fast_aligned_alloc(alignment, size);
}

/* foreign: of the two flags above, that of the function the block came from. */
static HAK_ALWAYS_INLINE void cxx_give(void *block, bool foreign)
{
	if (unlikely(foreign))
		free(block);
	else
		fast_free(block);
}

#endif /* HAK_CXX_MEMORY_H */
