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
