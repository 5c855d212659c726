/* SPDX-License-Identifier: MIT */
/*
 * heap: the slabs of a bin that have room, on three lists.
 *
 *   partial  LIFO: taken from first
 *   sparse   FIFO: an eighth of what was touched, or more, is free pages; taken from
 *            when no partial one is left, so that they can become empty
 *   thin     LIFO: these pages are purged, and count as live no more; taken from last
 *
 * A slab's state says which list it is on.  Under heap->lock.
 */
#ifndef HAK_SLAB_LISTS_H
#define HAK_SLAB_LISTS_H

#include "heap/heap.h"

/* Puts a slab that is on no list, and has room, on the list that fits. */
HAK_HIDDEN void slab_list_add(struct heap *heap, struct slab *slab);

/* Takes it off its list: SLAB_FULL.  pre: it is on one. */
HAK_HIDDEN void slab_list_remove(struct heap *heap, struct slab *slab);

/* The heap's sparse slabs have so many more bytes of free pages, modulo 2^64. */
HAK_HIDDEN void slab_lists_count(struct heap *heap, size_t change);

/* By a quick look: a part of it that is worth it is free pages. */
HAK_HIDDEN bool slab_list_is_sparse(const struct slab *slab);

/* Blocks came back to a partial slab: is it sparse now? */
HAK_HIDDEN void slab_list_note_free(struct heap *heap, struct slab *slab);

/* The one to take from, now the first partial one; NULL: none has room. */
HAK_HIDDEN struct slab *slab_list_first(struct heap *heap, unsigned bin);

#endif /* HAK_SLAB_LISTS_H */
