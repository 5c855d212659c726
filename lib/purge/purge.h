/* SPDX-License-Identifier: MIT */
/*
 * purge: memory given back on demand.  What goes back by itself, where memory
 * is freed, is the retention box's.  Thread-safe.
 */
#ifndef HAK_PURGE_H
#define HAK_PURGE_H

#include <stddef.h>

#include "base/attributes.h"

/*
 * Empties the calling thread's caches, drains every heap that can be locked, and
 * gives all idle memory back.  Returns its bytes.
 */
HAK_HIDDEN size_t purge_everything(void);

/*
 * Gives so much idle memory back, or more where it is in larger pieces: freed
 * mappings first, the oldest of each kind first.
 */
HAK_HIDDEN HAK_COLD void purge_excess(size_t bytes);

/*
 * At a limit of memory or of address space: as purge_everything(), and unmaps
 * what is empty then.
 */
HAK_HIDDEN HAK_COLD void purge_for_memory(void);

#endif /* HAK_PURGE_H */
