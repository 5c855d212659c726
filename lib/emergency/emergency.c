/* SPDX-License-Identifier: MIT */
#include "emergency/emergency.h"

#include <stdint.h>
#include <string.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "nextptr/tiny_nextptr.h"
#include "os/hak_os_map_boundary.h"

/* The low bits of slot.state; an address is a multiple of SMALL_MIN. */
#define BUSY ((uintptr_t)1) /* alone: somebody fills or empties the slot */
#define IDLE ((uintptr_t)2) /* beside an address: the small block there is free */

/* Small blocks are cut from mappings of SMALL_CHUNK, for good. */
#define SMALL_MIN 16u
#define SMALL_MAX 1024u
#define SMALL_CHUNK ((size_t)64 << 10)

struct slot {
	/*
	 * 0: unused, else an address.  Changed by compare and swap to BUSY (acquire);
	 * set by who did that, release.
	 */
	uintptr_t state;
	size_t size; /* bytes; written while BUSY */
};

#define SLOTS 255u

struct table {
	struct table *next; /* NULL, then constant: CAS, release; read with acquire */
	struct slot slot[SLOTS];
};

static struct table first;
HAK_NEAR static unsigned in_use; /* blocks that are live: add, sub; relaxed */
HAK_NEAR static uintptr_t next_small; /* CAS; a multiple of SMALL_CHUNK: none left */
HAK_NEAR static void *left; /* LIFO: push by CAS (release), take by exchange */

/* From a constant state to BUSY: nobody else has the slot then. */
static bool take_slot(struct slot *slot, uintptr_t state)
{
	return load_relaxed(&slot->state) == state &&
	       cas_acquire(&slot->state, &state, BUSY);
}

static void *map(size_t size, size_t alignment)
{
	void *address = os_map(size, alignment);

	if (address)
		os_name(address, size, "hakmem: emergency");
	return address;
}

/* The table behind `table`, made if there is none; NULL: no memory. */
static struct table *next_table(struct table *table)
{
	struct table *next = load_acquire(&table->next), *none = NULL;
	size_t size = align_up(sizeof(*next), os_page_size());

	if (next)
		return next;
	next = map(size, os_page_size());
	if (!next || cas_release(&table->next, &none, next))
		return next;
	os_release(next, size);
	return load_acquire(&table->next);
}

/* An unused slot, BUSY; NULL: no memory for more. */
static struct slot *take_unused(void)
{
	for (struct table *t = &first; t; t = next_table(t))
		for (unsigned i = 0; i < SLOTS; i++)
			if (take_slot(&t->slot[i], 0))
				return &t->slot[i];
	return NULL;
}

/* The slot of a small block that was freed, BUSY, or NULL. */
static struct slot *take_idle(size_t size, uintptr_t *address)
{
	for (struct table *t = &first; t; t = load_acquire(&t->next))
		for (unsigned i = 0; i < SLOTS; i++) {
			uintptr_t state = load_acquire(&t->slot[i].state);

			if ((state & IDLE) == 0 || t->slot[i].size != size ||
			    !take_slot(&t->slot[i], state))
				continue;
			*address = state & ~IDLE;
			return &t->slot[i];
		}
	return NULL;
}

/* A live block's slot, or NULL. */
static struct slot *find_block(const void *block)
{
	if (load_relaxed(&in_use) == 0 || !block ||
	    ((uintptr_t)block & (SMALL_MIN - 1)) != 0)
		return NULL;
	for (struct table *t = &first; t; t = load_acquire(&t->next))
		for (unsigned i = 0; i < SLOTS; i++)
			if (load_acquire(&t->slot[i].state) == (uintptr_t)block)
				return &t->slot[i];
	return NULL;
}

/* `size` bytes that were never used before; 0: no memory. */
static uintptr_t cut_small(size_t size)
{
	uintptr_t at = load_relaxed(&next_small), block;
	void *chunk = NULL;

	do {
		size_t used = at & (SMALL_CHUNK - 1); /* 0: there is no chunk */

		block = used != 0 && used + size <= SMALL_CHUNK ? at : 0;
		if (block == 0 && !chunk)
			chunk = map(SMALL_CHUNK, SMALL_CHUNK);
		if (block == 0)
			block = (uintptr_t)chunk;
	} while (block != 0 && !cas_release(&next_small, &at, block + size));
	if (chunk && block != (uintptr_t)chunk)
		os_release(chunk, SMALL_CHUNK);
	return block;
}

/* Small sizes are powers of two, so that few kinds of free blocks exist. */
static size_t small_size(size_t size)
{
	size_t rounded = SMALL_MIN;

	while (rounded < size)
		rounded *= 2;
	return rounded;
}

void *emergency_alloc(size_t size, size_t alignment)
{
	bool small = size <= SMALL_MAX && alignment <= SMALL_MIN;
	size_t page = os_page_size();
	uintptr_t address = 0;
	struct slot *slot;

	size = small ? small_size(size) : align_up(max_size(size, 1), page);
	slot = small ? take_idle(size, &address) : NULL;
	if (!slot)
		slot = take_unused();
	if (!slot)
		return NULL;
	if (address == 0)
		address = small ? cut_small(size) :
				  (uintptr_t)map(size, max_size(alignment, page));
	if (address != 0) {
		slot->size = size;
		add_relaxed(&in_use, 1);
	}
	store_release(&slot->state, address);
	return (void *)address;
}

bool emergency_free(void *block)
{
	struct slot *slot = find_block(block);
	size_t size;

	if (!slot || !take_slot(slot, (uintptr_t)block))
		return false;
	size = slot->size;
	sub_relaxed(&in_use, 1);
	if (size <= SMALL_MAX) {
		memset(block, 0, size);
		store_release(&slot->state, (uintptr_t)block | IDLE);
	} else {
		store_release(&slot->state, (uintptr_t)0);
		os_release(block, size);
	}
	return true;
}

size_t emergency_usable(const void *block)
{
	const struct slot *slot = find_block(block);

	return slot ? slot->size : 0;
}

void emergency_leave(void *block)
{
	void *old = load_relaxed(&left);

	do
		tiny_next_store(block, old);
	while (!cas_release(&left, &old, block));
}

void *emergency_take_left(void)
{
	return load_relaxed(&left) != NULL ? swap_acquire(&left, NULL) : NULL;
}
