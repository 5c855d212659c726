/* SPDX-License-Identifier: MIT */
/*
 * debug ring: the last HAKMEM_DEBUG_RING events of the slow paths, written to
 * stderr before an abort, and on demand.  While it is off, each event costs one test.
 *
 * Lock-free: a writer takes a place with one fetch-and-add (relaxed), clears the stamp of
 * the place, fills the place and sets the new stamp (release).  A reader compares the
 * stamp before and after it reads the place, and passes over the place when a stamp is
 * not the expected one.  Two writers use the same place at the same time only if one of
 * them sleeps while the others fill the whole ring; the event may then have fields of both.
 */
#ifndef HAK_DEBUG_RING_H
#define HAK_DEBUG_RING_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"

/*
 * EVENT(name, what debug_ring_print() writes of the event and its numbers a and b: see
 * message_add()).  BIN: the class and the block size of bin a.
 */
#define RING_EVENTS(EVENT)                                     \
	EVENT(REFILL, "refill %s block %u: %lu blocks", BIN, b) \
	EVENT(FLUSH, "flush %s block %u: %lu blocks", BIN, b)  \
	EVENT(DRAIN, "drain %s block %u: %lu blocks", BIN, b)  \
	EVENT(ADOPT, "adopt %s block %u 0x%lx", BIN, b)        \
	EVENT(MAP, "map 0x%lx: %lu bytes", a, b)               \
	EVENT(UNMAP, "unmap 0x%lx: %lu bytes", a, b)           \
	EVENT(PURGE, "purge 0x%lx: %lu bytes", a, b)           \
	EVENT(BIRTH, "birth of a thread, heap %lu", a)         \
	EVENT(DEATH, "death of a thread, heap %lu", a)         \
	EVENT(BAD_FREE, "bad free 0x%lx", a)

enum ring_event {
#define EVENT(name, ...) RING_##name,
	RING_EVENTS(EVENT)
#undef EVENT
	RING_EVENT_COUNT
};

struct ring;

/* NULL: off.  Set once by debug_ring_start(), release; writers read it relaxed. */
extern HAK_HIDDEN struct ring *debug_ring;

HAK_HIDDEN HAK_COLD void debug_ring_record(enum ring_event event, uintptr_t a,
					   uintptr_t b);

static inline void debug_ring_add(enum ring_event event, uintptr_t a, uintptr_t b)
{
	if (unlikely(load_relaxed(&debug_ring) != NULL))
		debug_ring_record(event, a, b);
}

/*
 * Maps the ring if HAKMEM_DEBUG_RING asks for one, and makes die() write the events.
 * Called once at start, before a second thread exists.
 */
HAK_HIDDEN void debug_ring_start(void);

/*
 * Writes one line for each event, the oldest first, through `write`; NULL: to stderr.
 * Returns the number of lines.  Async-signal-safe if `write` is.
 */
HAK_HIDDEN size_t debug_ring_print(void (*write)(void *arg, const char *text),
				   void *arg);

#endif /* HAK_DEBUG_RING_H */
