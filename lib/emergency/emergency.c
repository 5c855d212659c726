/* SPDX-License-Identifier: MIT */
#include "emergency/emergency.h"

#include <stdint.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "nextptr/tiny_nextptr.h"
#include "os/hak_os_map_boundary.h"

/* In place of an address: somebody fills or empties the slot. */
#define BUSY ((uintptr_t)1)

struct slot {
	/*
	 * 0: free.  Taken, and given up, by compare and swap to BUSY (acquire);
	 * set by who did that, release.
	 */
	uintptr_t address;
	size_t size; /* written while BUSY */
};

static struct slot slots[EMERGENCY_BLOCKS];
HAK_NEAR static unsigned in_use; /* slots that are not free: add, sub; relaxed */
HAK_NEAR static void *left; /* LIFO: push by CAS (release), take by exchange */

/* The slot whose address is `from` and now is BUSY, or NULL. */
static struct slot *take_slot(uintptr_t from)
{
	for (unsigned i = 0; i < EMERGENCY_BLOCKS; i++) {
		uintptr_t expected = from;

		if (load_relaxed(&slots[i].address) == from &&
		    cas_acquire(&slots[i].address, &expected, BUSY))
			return &slots[i];
	}
	return NULL;
}

static void give_slot(struct slot *slot)
{
	store_release(&slot->address, (uintptr_t)0);
	sub_relaxed(&in_use, 1);
}

void *emergency_alloc(size_t size, size_t alignment)
{
	struct slot *slot = take_slot(0);
	void *block;

	if (!slot)
		return NULL;
	add_relaxed(&in_use, 1);
	slot->size = align_up(max_size(size, 1), os_page_size());
	block = os_map_directly(slot->size, max_size(alignment, os_page_size()));
	if (block)
		store_release(&slot->address, (uintptr_t)block);
	else
		give_slot(slot);
	return block;
}

/* Every block is page-aligned: most addresses need no search. */
static bool may_be_here(const void *block)
{
	return load_relaxed(&in_use) != 0 && block != NULL &&
	       ((uintptr_t)block & (os_page_size() - 1)) == 0;
}

bool emergency_free(void *block)
{
	struct slot *slot = may_be_here(block) ? take_slot((uintptr_t)block) : NULL;
	size_t size;

	if (!slot)
		return false;
	size = slot->size;
	give_slot(slot);
	os_release_directly(block, size);
	return true;
}

size_t emergency_usable(const void *block)
{
	if (!may_be_here(block))
		return 0;
	for (unsigned i = 0; i < EMERGENCY_BLOCKS; i++)
		if (load_acquire(&slots[i].address) == (uintptr_t)block)
			return slots[i].size;
	return 0;
}

void emergency_leave(void *block)
{
	void *old = load_relaxed(&left);

	do
		tiny_next_store(block, old);
	while (!cas_release(&left, &old, block));
}

bool emergency_has_left(void)
{
	return load_relaxed(&left) != NULL;
}

void *emergency_take_left(void)
{
	return swap_acquire(&left, NULL);
}
