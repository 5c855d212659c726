/* SPDX-License-Identifier: MIT */
/*
 * The mark of a free block: how a double free is seen at once.
 *
 * The second word of a free block holds the block's own address plus a
 * constant.  free() sets it, malloc() clears it:
 *   set    the block was freed and not handed out since
 * An odd number bound to its own place is not what a program keeps there, and a
 * copy of it elsewhere means nothing.  Set before a block enters a cache, a
 * chain or a queue, by the thread that frees it, and plain memory like the link:
 * what publishes the link publishes the mark.  Links use the first word, so the
 * mark stays wherever the block waits.  A block that was carved and never
 * handed out has none, until it enters a chain: who takes a block out of a chain
 * looks whether the program has written to it since.
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
#include "nextptr/tiny_nextptr.h"
#include "size_class/size_class.h"

/* Odd, and small enough for one instruction to add it. */
#define FREE_MARK ((uintptr_t)0x2b7e1517)

static HAK_ALWAYS_INLINE bool free_mark_is_set(const void *block)
{
	return FREE_CHECKS && ((const uintptr_t *)block)[1] ==
				      (uintptr_t)block + FREE_MARK;
}

static HAK_ALWAYS_INLINE void free_mark_set(void *block)
{
	if (FREE_CHECKS)
		((uintptr_t *)block)[1] = (uintptr_t)block + FREE_MARK;
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
