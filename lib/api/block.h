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

/* The row of an address in a slab of any heap, or NO_ROW: look at it exactly. */
#define NO_ROW SIZE_MAX
static HAK_ALWAYS_INLINE size_t block_row(const struct registry_window *window,
					  const void *block)
{
	size_t granule = registry_window_index(block);
	uint32_t word;

	if (unlikely(!FREE_CHECKS || granule >= WINDOW_GRANULES))
		return NO_ROW;
	word = load_relaxed(&window->word[granule]);
	if (unlikely(word < word_of(OWNER_FIRST_HEAP, 0)))
		return NO_ROW;
	return word & WORD_BIN_MASK;
}

/* Does a block begin there?  word: registry_word(block). */
HAK_HIDDEN bool block_begins(const void *block, uint32_t word);
/* ... and is not marked as free? */
HAK_HIDDEN bool block_is_live(const void *block, uint32_t word);

/*
 * The word of a pointer that a program gave to `call`.  If that is no live block, says so
 * and aborts, or returns WORD_NONE, as HAKMEM_BAD_FREE says.
 */
HAK_HIDDEN uint32_t block_word(const void *block, const char *call);

/* The usable bytes of a block with that word. */
HAK_HIDDEN size_t block_usable(const void *block, uint32_t word);

#endif /* HAK_BLOCK_H */
