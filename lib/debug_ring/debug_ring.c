/* SPDX-License-Identifier: MIT */
#include "debug_ring/debug_ring.h"

#include <pthread.h>

#include "base/bits.h"
#include "base/die.h"
#include "base/message.h"
#include "options/options.h"
#include "os/hak_os_map_boundary.h"
#include "size_class/size_class.h"

struct ring_entry {
	uint64_t stamp; /* place + 1; 0 while a writer fills the entry */
	uintptr_t thread; /* pthread_self() */
	uintptr_t a, b;
	enum ring_event event;
};

struct ring {
	uint64_t next; /* places taken so far; fetch-and-add, relaxed */
	uint64_t size; /* number of entries, constant */
	struct ring_entry entry[];
};

HAK_NEAR struct ring *debug_ring;

void debug_ring_record(enum ring_event event, uintptr_t a, uintptr_t b)
{
	struct ring *ring = load_relaxed(&debug_ring);
	uint64_t place = add_relaxed(&ring->next, 1);
	struct ring_entry *entry = &ring->entry[place % ring->size];

	/*
	 * A reader that sees one of the new fields must find the old stamp gone in its
	 * second look.  So the stamp is cleared before the fields are written: a release
	 * fence orders two stores, which an acquire operation does not.
	 */
	store_relaxed(&entry->stamp, (uint64_t)0);
	release_fence();
	store_relaxed(&entry->event, event);
	store_relaxed(&entry->thread, (uintptr_t)pthread_self());
	store_relaxed(&entry->a, a);
	store_relaxed(&entry->b, b);
	store_release(&entry->stamp, place + 1);
}

/* False: the place holds another event, or a writer fills it. */
static bool look_at_slot(const struct ring *ring, uint64_t place, struct ring_entry *copy)
{
	const struct ring_entry *entry = &ring->entry[place % ring->size];

	if (load_acquire(&entry->stamp) != place + 1)
		return false;
	/* Acquire, so that the second look at the stamp comes after these loads. */
	copy->event = load_acquire(&entry->event);
	copy->thread = load_acquire(&entry->thread);
	copy->a = load_acquire(&entry->a);
	copy->b = load_acquire(&entry->b);
	return load_relaxed(&entry->stamp) == place + 1;
}

#define BIN size_class_name((unsigned)a), size_class_table[a].block

static void describe(struct message *m, uint64_t place, const struct ring_entry *e)
{
	uintptr_t a = e->a, b = e->b;

	message_start_line(m);
	message_add(m, "event %lu, thread 0x%lx: ", place, e->thread);
	switch (e->event) {
#define EVENT(name, ...)                     \
	case RING_##name:                    \
		message_add(m, __VA_ARGS__); \
		break;
		RING_EVENTS(EVENT)
#undef EVENT
	case RING_EVENT_COUNT:
		break;
	}
}

size_t debug_ring_print(void (*write)(void *arg, const char *text), void *arg)
{
	const struct ring *ring = load_acquire(&debug_ring);
	uint64_t end = ring ? load_relaxed(&ring->next) : 0;
	uint64_t place = ring && end > ring->size ? end - ring->size : 0;
	size_t count = 0;

	for (; place < end; place++) {
		struct ring_entry copy;
		struct message m;

		if (!look_at_slot(ring, place, &copy))
			continue;
		describe(&m, place, &copy);
		if (write) {
			message_text(&m, "\n");
			write(arg, m.text);
		} else {
			message_send(&m);
		}
		count++;
	}
	return count;
}

static void dump(void)
{
	debug_ring_print(NULL, NULL);
}

void debug_ring_start(void)
{
	size_t size = (size_t)options_get(OPTION_DEBUG_RING);
	struct ring *ring;
	size_t bytes;

	if (size == 0 || debug_ring)
		return;
	bytes = align_up(sizeof(*ring) + size * sizeof(ring->entry[0]), os_page_size());
	ring = os_map(bytes, os_page_size());
	if (!ring)
		return;
	os_name(ring, bytes, "hakmem: meta");
	ring->size = size;
	store_release(&debug_ring, ring);
	die_hook = dump;
}
