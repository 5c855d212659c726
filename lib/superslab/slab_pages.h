/* SPDX-License-Identifier: MIT */
/*
 * superslab: the pages of a slab that hold no block in use.
 *
 * slab->purged has a bit for each that was given back to the system:
 *   of a slab with a chain   a bit is a page.  A free block is on the chain or touches
 *                            a page with a bit, never both: a chain through purged
 *                            pages would bring them back
 *   of a slab with bits      a bit is a block: purged is a subset of free_bits
 * The blocks there are the last ones that the slab hands out.  They have no mark, so
 * that a second free() of one of them is seen only when it comes back to its slab.
 *
 * Under the lock of the slab's heap, unless said otherwise.
 */
#ifndef HAK_SLAB_PAGES_H
#define HAK_SLAB_PAGES_H

#include "superslab/superslab.h"

/*
 * On average a block of `size` bytes lies on pages of size + shared bytes, and has
 * size - shared bytes of them for itself.
 */
HAK_HIDDEN size_t slab_shared_pages(unsigned bin);

/* About so many bytes of the slab that were touched are whole free pages. */
HAK_HIDDEN size_t slab_free_pages(const struct slab *slab);

/*
 * Adds the free pages to slab->purged: nobody takes their blocks unless he takes from
 * this slab.  Returns all of its bits, for slab_purge().
 */
HAK_HIDDEN uint64_t slab_hide_pages(struct slab *slab);

/*
 * Purges the pages of these bits.  Without a lock: the slab is on no list.  Returns the
 * bytes that the system took back.  *lost: a page of the slab is no memory any more.
 */
HAK_HIDDEN size_t slab_purge(const struct slab *slab, uint64_t bits, bool *lost);

/* Brings the blocks of one hidden page back to the chain.  pre: purged != 0 */
HAK_HIDDEN void slab_unhide_page(struct slab *slab);

/* Of a slab with a chain: does this block touch a page with a bit?  Then it is free. */
HAK_HIDDEN bool slab_hides(const struct slab *slab, const void *block);

#endif /* HAK_SLAB_PAGES_H */
