/* SPDX-License-Identifier: MIT */
/*
 * Large: blocks of 52 KiB to 1 MiB, each one run of granules in the Arena.
 *
 * Only the first granule of a block has a registry word.  Thread-safe: the
 * Arena's lock is the only one taken.
 */
#ifndef HAK_LARGE_H
#define HAK_LARGE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena/arena.h"
#include "base/attributes.h"
#include "base/bits.h"

/* The largest size and the largest alignment, bytes. */
#define LARGE_MAX (ARENA_RUN_MAX * GRANULE_SIZE)

/*
 * pre: size <= LARGE_MAX, alignment a power of two <= LARGE_MAX.
 * *zeroed: every byte of the block reads as zero.  NULL: no memory.
 */
HAK_HIDDEN void *large_alloc(size_t size, size_t alignment, bool *zeroed);

/* For a block that grew and is likely to grow again: see large_resize(). */
HAK_HIDDEN void *large_alloc_roomy(size_t size);

/* pre for these: the word of the block's granule is WORD_LARGE. */
HAK_HIDDEN void large_free(void *block);
HAK_HIDDEN size_t large_usable(const void *block);
/* Resizes where it stands; false when that cannot be. */
HAK_HIDDEN bool large_resize(void *block, size_t size);

static inline size_t large_round(size_t size)
{
	return align_up(size, GRANULE_SIZE);
}

#endif /* HAK_LARGE_H */
