/* SPDX-License-Identifier: MIT */
#include "debug_ring/debug_ring.h"

#ifdef HAK_DEBUG_RING

#include "base/atomics.h"
#include "base/die.h"
#include "base/message.h"

#define RING_ENTRIES 256u /* a power of two */

struct ring_entry {
	uintptr_t a, b;
	enum ring_event event;
};

static struct ring_entry ring[RING_ENTRIES];
static uint64_t ring_next; /* places given out so far; fetch-and-add, relaxed */

static const char *const event_names[RING_EVENT_COUNT] = {
	[RING_REFILL] = "refill", [RING_FLUSH] = "flush",
	[RING_DRAIN] = "drain",	  [RING_ADOPT] = "adopt",
	[RING_MAP] = "map",	  [RING_PURGE] = "purge",
	[RING_BIRTH] = "birth",	  [RING_DEATH] = "death",
	[RING_BAD_FREE] = "bad free",
};

void debug_ring_add(enum ring_event event, uintptr_t a, uintptr_t b)
{
	uint64_t place = add_relaxed(&ring_next, 1);
	struct ring_entry *entry = &ring[place % RING_ENTRIES];

	store_relaxed(&entry->event, event);
	store_relaxed(&entry->a, a);
	store_relaxed(&entry->b, b);
}

static void dump_entry(uint64_t place)
{
	const struct ring_entry *entry = &ring[place % RING_ENTRIES];
	struct message m;

	message_start(&m);
	message_text(&m, "hakmem: event ");
	message_decimal(&m, place);
	message_text(&m, ": ");
	message_text(&m, event_names[load_relaxed(&entry->event)]);
	message_text(&m, " ");
	message_hex(&m, load_relaxed(&entry->a));
	message_text(&m, " ");
	message_hex(&m, load_relaxed(&entry->b));
	message_send(&m);
}

static void dump(void)
{
	uint64_t end = load_relaxed(&ring_next);
	uint64_t place = end > RING_ENTRIES ? end - RING_ENTRIES : 0;

	for (; place < end; place++)
		dump_entry(place);
}

void debug_ring_start(void)
{
	die_hook = dump;
}

#else
typedef int debug_ring_is_off; /* ISO C wants a declaration in every file */
#endif
