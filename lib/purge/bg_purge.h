/* SPDX-License-Identifier: MIT */
/*
 * background purge (HAKMEM_BG_PURGE): a thread that looks every so many seconds
 * and gives all idle memory back once nothing was allocated or freed meanwhile, or when
 * the system or the cgroup is short of memory (base/cgroup.h).  It may have a task besides.
 *
 * It is made late, when the heap has grown to what is worth a thread, and by
 * malloc() alone: libc frees under locks that pthread_create() takes.  It has
 * no heap, blocks every signal, and ends when no other thread has a heap, so
 * that it keeps no process alive.  After fork() the child makes its own; a child of
 * clone() or vfork() has none.
 */
#ifndef HAK_BG_PURGE_H
#define HAK_BG_PURGE_H

#include <stdbool.h>

#include "base/attributes.h"

/* Set once, before a second thread exists: there is something to do for the thread. */
extern HAK_HIDDEN bool bg_purge_wanted;

/* From now on libc is ready to make threads.  For HAKMEM_BG_PURGE. */
HAK_HIDDEN void bg_purge_allow(void);

/*
 * The thread also runs the task, once a second.  The task may allocate: it borrows heaps.
 * pre: bg_purge_allow() was called; no second thread exists.
 */
HAK_HIDDEN void bg_purge_add_task(void (*task)(void));

/* The task does not run any more.  Waits a few seconds for the end of the one that does. */
HAK_HIDDEN void bg_purge_end_task(void);

HAK_HIDDEN HAK_COLD void bg_purge_start(void);

/* On slow paths of malloc(), without a lock. */
static inline void bg_purge_poll(void)
{
	if (unlikely(bg_purge_wanted))
		bg_purge_start();
}

#endif /* HAK_BG_PURGE_H */
