/* SPDX-License-Identifier: MIT */
/*
 * prewarm: what a thread finds in its caches before its first miss.
 *
 * How many blocks a first miss brings is a column of the class table, read by
 * the heap box; this box does what happens without a miss.
 */
#ifndef HAK_PREWARM_H
#define HAK_PREWARM_H

#include "heap/heap.h"

/* HAKMEM_PREWARM=eager: fills every Pool FastCache of a new heap: 1.6 MiB. */
HAK_HIDDEN void prewarm_thread(struct heap *heap);

#endif /* HAK_PREWARM_H */
