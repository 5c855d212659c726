/* SPDX-License-Identifier: MIT */
/*
 * Header class index: an optional byte that says which bin a block is of.
 *
 * The byte before a block is the last byte of the stride before it, so the
 * stride stays the block size and alignment is kept:
 *   usable == block - header_bytes(class)
 * Block 0 of such a slab is never handed out: the byte before it belongs to
 * somebody else.  Written once when a block is carved; a program that runs one
 * byte over the end of a block destroys the byte of the next, and free() sees
 * it.  HAK_HEADER_CLASSES (configure) is how many classes, from C0 up, carry
 * it: 0, 4 or 7.  With 0 all of this folds to nothing.  C0 and C1 never do: the
 * link of a free 8-byte block, and the mark of a free 16-byte one, need every
 * byte of it.
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

/* Caller: the owner of the slab, while it carves. */
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
