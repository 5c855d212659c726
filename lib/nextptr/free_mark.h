/* SPDX-License-Identifier: MIT */
/*
 * The mark of a free block: how a double free is seen at once.
 *
 * The second word of a free block holds block ^ secret.mark.  free() sets it, malloc()
 * clears it.  A valid program keeps this number in a block by chance alone, 2^-64 for
 * each free: secret.mark is 64 random bits, and a program that touches no freed memory
 * cannot learn them.  The address binds the mark to its block, so a copy of an old mark
 * in another block is none.
 *
 * Set before a block enters a cache, a chain or a queue, by the thread that frees
 * it, and plain memory like the link: what publishes the link publishes the mark.
 * Links use the first word, so the mark stays wherever the block waits.  A block
 * that was carved and never handed out has none, until it enters a chain: who
 * takes a block out of a chain looks whether the program has written to it since.
 *
 * A block that has left the CPU's caches is fetched again for it, which costs a
 * fifth on working sets of 30 MiB of small blocks (bench/LOG.md), as a link
 * inside the block would.
 */
#ifndef HAK_FREE_MARK_H
#define HAK_FREE_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/secret.h"
#include "nextptr/tiny_nextptr.h"
#include "size_class/size_class.h"

static HAK_ALWAYS_INLINE uintptr_t free_mark_of(const void *block)
{
	return (uintptr_t)block ^ (uintptr_t)secret.mark;
}

static HAK_ALWAYS_INLINE bool free_mark_is_set(const void *block)
{
	return FREE_CHECKS && ((const uintptr_t *)block)[1] == free_mark_of(block);
}

/* mark_secret: a copy of secret.mark, for loops. */
static HAK_ALWAYS_INLINE void free_mark_set_by(uint64_t mark_secret, void *block)
{
	if (FREE_CHECKS)
		((uintptr_t *)block)[1] = (uintptr_t)block ^ (uintptr_t)mark_secret;
}

static HAK_ALWAYS_INLINE void free_mark_set(void *block)
{
	free_mark_set_by(secret.mark, block);
}

static HAK_ALWAYS_INLINE void free_mark_clear(void *block)
{
	if (FREE_CHECKS)
		((uintptr_t *)block)[1] = 0;
}

/* Of a block that comes out of a chain. */
static HAK_ALWAYS_INLINE void free_mark_check(const void *block)
{
	if (FREE_CHECKS && unlikely(!free_mark_is_set(block)))
		tiny_next_damaged(block);
}

#endif /* HAK_FREE_MARK_H */
