/* SPDX-License-Identifier: MIT */
/*
 * purge: memory given back on demand.  What goes back by itself, where memory
 * is freed, is the retention box's.  Thread-safe.
 */
#ifndef HAK_PURGE_H
#define HAK_PURGE_H

#include <stddef.h>

#include "heap/heap.h"

/*
 * Empties the caches of `heap` (the caller's own, or NULL), drains every heap
 * that can be locked, and gives all idle memory back.  Returns its bytes.
 */
HAK_HIDDEN size_t purge_everything(struct heap *heap);

/* At the limit of address space: unmaps what is idle.  Returns its bytes. */
HAK_HIDDEN size_t purge_address_space(void);

#endif /* HAK_PURGE_H */
