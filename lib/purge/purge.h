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
 * Empties the calling thread's caches, drains every heap that can be locked, gives all
 * idle memory back, the free pages of slabs in use too, and unmaps what is empty then.
 * Returns the bytes of memory that went back.  Does nothing for a thread that may take no
 * lock.
 */
HAK_HIDDEN size_t purge_everything(void);

/*
 * What time or growth makes due (retention_is_watched()): memory that stayed idle, freed
 * mappings first, and free pages of slabs that are sparse.
 */
HAK_HIDDEN HAK_COLD void purge_due(void);

/* The same but for slabs in use, at a limit of memory or of address space. */
HAK_HIDDEN HAK_COLD void purge_for_memory(void);

#endif /* HAK_PURGE_H */
