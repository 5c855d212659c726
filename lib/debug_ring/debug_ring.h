/* SPDX-License-Identifier: MIT */
/*
 * debug ring: the last events of the slow paths, dumped to stderr before an
 * abort.  Compiled in by --enable-debug-ring; otherwise an event costs nothing.
 *
 * Lock-free: a writer takes a place with one fetch-and-add (relaxed) and fills
 * it; a reader, in a dying process, may see a half-filled last entry.
 */
#ifndef HAK_DEBUG_RING_H
#define HAK_DEBUG_RING_H

#include <stdint.h>

#include "base/attributes.h"

enum ring_event {
	RING_REFILL, /* bin, blocks */
	RING_FLUSH,  /* bin, blocks */
	RING_DRAIN,  /* bin, blocks */
	RING_ADOPT,  /* bin, address of the slab */
	RING_MAP,    /* address, bytes */
	RING_PURGE,  /* address, bytes */
	RING_BIRTH,  /* heap id, 1 when reused */
	RING_DEATH,  /* heap id, 0 */
	RING_BAD_FREE, /* address, 0 */
	RING_EVENT_COUNT
};

#ifdef HAK_DEBUG_RING
HAK_HIDDEN void debug_ring_add(enum ring_event event, uintptr_t a, uintptr_t b);
/* Makes the dump part of die(). */
HAK_HIDDEN void debug_ring_start(void);
#else
static inline void debug_ring_add(enum ring_event event, uintptr_t a, uintptr_t b)
{
	(void)event;
	(void)a;
	(void)b;
}
static inline void debug_ring_start(void)
{
}
#endif

#endif /* HAK_DEBUG_RING_H */
