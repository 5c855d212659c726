/* SPDX-License-Identifier: MIT */
/*
 * Header class index: an optional byte that holds the bin of a block.
 *
 * The byte stands before the block, as the last byte of the block before.  So the stride
 * and the alignment do not change:
 *   usable == block - header_bytes(class)
 * Block 0 of such a slab is never handed out, because the byte before it lies outside of
 * the slab.  The byte is written once, when the block is carved.  A program that writes
 * one byte beyond the end of a block overwrites the byte of the next block, and the
 * free() of that block finds it.  HAK_HEADER_CLASSES (configure) is the number of
 * classes, from C0 up, with the byte: 0, 4 or 7.  With 0 the compiler removes all of
 * this.  C0 and C1 never have the byte: a free block of 8 bytes is all link, and one of
 * 16 bytes is all link and mark.
 */
#ifndef HAK_HEADER_H
#define HAK_HEADER_H

#include "size_class/size_class.h"

#define HEADER_KEY 0xa5u

/* An expression that is constant for a constant class. */
#define header_bytes(class_id) \
	((class_id) > CLASS_C1 && (int)(class_id) < HAK_HEADER_CLASSES)

static inline bool header_present(unsigned bin)
{
	return HAK_HEADER_CLASSES > 0 &&
	       header_bytes(size_class_table[bin].id);
}

/* Called by the owner of the slab when it carves the block. */
static inline void header_write(void *block, unsigned bin)
{
	if (header_present(bin))
		((unsigned char *)block)[-1] = (unsigned char)(bin ^ HEADER_KEY);
}

/* False when something overwrote the byte before this block. */
static inline bool header_intact(const void *block, unsigned bin)
{
	return !header_present(bin) ||
	       ((const unsigned char *)block)[-1] ==
		       (unsigned char)(bin ^ HEADER_KEY);
}

#endif /* HAK_HEADER_H */
