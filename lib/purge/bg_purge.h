/* SPDX-License-Identifier: MIT */
/*
 * background purge (HAKMEM_BG_PURGE): a thread that looks every so many seconds
 * and gives all idle memory back once nothing was allocated or freed meanwhile, or when
 * the system or the cgroup is short of memory (base/cgroup.h).
 *
 * It is made late, when the heap has grown to what is worth a thread, and by
 * malloc() alone: libc frees under locks that pthread_create() takes.  It has
 * no heap, blocks every signal, and ends when no other thread has a heap, so
 * that it keeps no process alive.  After fork() the child makes its own.
 */
#ifndef HAK_BG_PURGE_H
#define HAK_BG_PURGE_H

#include "base/attributes.h"
#include "options/options.h"

/* From now on libc is ready to make threads. */
HAK_HIDDEN void bg_purge_allow(void);

HAK_HIDDEN HAK_COLD void bg_purge_start(void);

/* On slow paths of malloc(), without a lock. */
static inline void bg_purge_poll(void)
{
	if (unlikely(options_get(OPTION_BG_PURGE) != 0))
		bg_purge_start();
}

#endif /* HAK_BG_PURGE_H */
