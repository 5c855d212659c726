/* SPDX-License-Identifier: MIT */
/*
 * block: what an address is, for the slow paths.  Any value may be asked
 * about; nothing near it is read.
 */
#ifndef HAK_BLOCK_H
#define HAK_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "nextptr/free_mark.h"
#include "registry/page_registry.h"
#include "size_class/size_class.h"

/*
 * The class of a live block of any heap, after the checks of free's fast path
 * alone; NULL: look at it exactly.
 */
static HAK_ALWAYS_INLINE const struct size_class *block_quick_class(const void *block)
{
	size_t granule = registry_window_index(block);
	const struct size_class *class;
	uint32_t word;

	if (unlikely(granule >= WINDOW_GRANULES))
		return NULL;
	word = load_relaxed(&registry_window.word[granule]);
	if (unlikely(word < word_of(OWNER_FIRST_HEAP, 0)))
		return NULL;
	class = word_class(word);
	if (unlikely(((uint32_t)(uintptr_t)block & class->misalign_mask) != 0 ||
		     !FREE_CHECKS || free_mark_is_set(block)))
		return NULL;
	return class;
}

/* Does a block begin there?  word: registry_word(block). */
HAK_HIDDEN bool block_begins(const void *block, uint32_t word);

/*
 * `call` was given a pointer that is no block, or one freed before: says so and
 * aborts, or goes on, as HAKMEM_BAD_FREE says.
 */
HAK_HIDDEN HAK_COLD void block_invalid(const void *block, const char *call);

/*
 * The word of a pointer that a program gave to `call`; WORD_NONE when that is no
 * live block and block_invalid() lets the program go on.
 */
HAK_HIDDEN uint32_t block_word(const void *block, const char *call);

/* The usable bytes of a block with that word. */
HAK_HIDDEN size_t block_usable(const void *block, uint32_t word);

#endif /* HAK_BLOCK_H */
