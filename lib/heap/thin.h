/* SPDX-License-Identifier: MIT */
/*
 * heap: free pages inside slabs that are in use go back to the system.
 *
 * Each takes heap->lock, unless another thread has it, and gives it back for every
 * system call: the slab is on no list meanwhile (SLAB_PURGING).
 */
#ifndef HAK_THIN_H
#define HAK_THIN_H

#include "heap/heap.h"

/*
 * Of sparse slabs, the oldest first, until `bytes` have gone back; an empty one goes
 * whole.  `old`: only of those that were sparse for a while.  Returns how many did.
 */
HAK_HIDDEN size_t heap_thin(struct heap *heap, size_t bytes, bool old);

/* Of all slabs with room, those purged before too: the kernel may have filled them. */
HAK_HIDDEN size_t heap_thin_all(struct heap *heap);

#endif /* HAK_THIN_H */
