/* SPDX-License-Identifier: MIT */
/*
 * block: what an address is, for the slow paths.  Any value may be asked
 * about; nothing near it is read.
 */
#ifndef HAK_BLOCK_H
#define HAK_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* The registry word if a block begins there, else WORD_NONE. */
HAK_HIDDEN uint32_t block_check(const void *block);

/* The same for a pointer that a program gave to `call`; a bad one is fatal. */
HAK_HIDDEN uint32_t block_word(const void *block, const char *call);

/* The usable bytes of a block with that word. */
HAK_HIDDEN size_t block_usable(const void *block, uint32_t word);

#endif /* HAK_BLOCK_H */
