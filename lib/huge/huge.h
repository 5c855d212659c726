/* SPDX-License-Identifier: MIT */
/*
 * Huge: blocks above 1 MiB (or of a larger alignment), each its own mapping;
 * freed ones are kept for a while (huge_cache.h), and mremap() grows them.
 *
 * A mapping is a whole number of granules in size and begins at a page.  The
 * granule in which it does alone has a registry word; two Huge blocks never
 * begin in one unit, since each is longer than a unit.  Thread-safe.
 */
#ifndef HAK_HUGE_H
#define HAK_HUGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* The largest alignment, bytes. */
#define HUGE_ALIGN_MAX ((size_t)1 << 30)

/*
 * A block of at least `size` bytes at a multiple of `alignment`; NULL: no memory.
 * *zeroed: zeros are wanted; afterwards: every byte of it reads as zero.
 */
HAK_HIDDEN void *huge_alloc(size_t size, size_t alignment, bool *zeroed);

/*
 * Is it a block's first byte?  Of a wild pointer, which another thread may free
 * at this moment, the answer may be out of date when it comes.
 * pre: its word was WORD_HUGE.
 */
HAK_HIDDEN bool huge_begins(const void *block);

/* pre for these: the word of the block's granule is WORD_HUGE. */
HAK_HIDDEN void huge_free(void *block);
HAK_HIDDEN size_t huge_usable(const void *block);

/*
 * Resizes by moving page tables, not bytes.  Returns the block, perhaps
 * elsewhere, or NULL with the old one untouched.  size must need a Huge block.
 */
HAK_HIDDEN void *huge_resize(void *block, size_t size);

/* What huge_usable() would say, or 0 for a size that cannot be. */
HAK_HIDDEN size_t huge_round(size_t size);

/*
 * Gives idle memory beyond its bound back: spare mappings or dirty granules, whichever
 * there is more of.  What was freed last is wanted again more likely than what others left.
 */
HAK_HIDDEN void huge_purge_excess(size_t bytes);

#endif /* HAK_HUGE_H */
