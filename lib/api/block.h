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

/* Is it a pointer of the hardened box, or in hardened mode of nobody? */
HAK_HIDDEN bool block_is_hardened(const void *block);

/* Does a block begin there?  word: registry_word(block). */
HAK_HIDDEN bool block_begins(const void *block, uint32_t word);

/*
 * `call` was given a pointer that is no block, or one freed before: says so and
 * aborts, or goes on, as HAKMEM_BAD_FREE says.
 */
HAK_HIDDEN HAK_COLD void block_invalid(const void *block, const char *call);

/*
 * The word of a pointer that a program gave to `call`; WORD_NONE when that is no
 * live block and block_invalid() lets the program go on, or when it is libc's
 * (HAKMEM_DISABLE).
 */
HAK_HIDDEN uint32_t block_word(const void *block, const char *call);

/* The usable bytes of a block with that word. */
HAK_HIDDEN size_t block_usable(const void *block, uint32_t word);

#endif /* HAK_BLOCK_H */
