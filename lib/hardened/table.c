/* SPDX-License-Identifier: MIT */
/* table: open addressing, linear probing, at most half full. */
#include "hardened/table.h"

#include <stdint.h>

#include "base/bits.h"
#include "os/hak_os_map_boundary.h"

#define FIRST_PLACES 256u

static struct mapping *places;
static size_t count, mask; /* mask + 1 places, a power of two */

static size_t home_of(const void *block)
{
	return (size_t)(((uintptr_t)block >> 4) * 0x9e3779b97f4a7c15u >> 32) & mask;
}

static struct mapping *next_place(struct mapping *m)
{
	return &places[((size_t)(m - places) + 1) & mask];
}

/* Where it stands, or the empty place where it would. */
static struct mapping *place_of(const void *block)
{
	struct mapping *m = &places[home_of(block)];

	while (m->block && m->block != block)
		m = next_place(m);
	return m;
}

static size_t bytes_for(size_t capacity)
{
	return align_up(capacity * sizeof(*places), os_page_size());
}

static bool grow(size_t capacity)
{
	struct mapping *old = places;
	size_t old_capacity = old ? mask + 1 : 0;
	struct mapping *fresh = os_map(bytes_for(capacity), os_page_size());

	if (!fresh)
		return false;
	os_name(fresh, bytes_for(capacity), "hakmem: meta");
	places = fresh;
	mask = capacity - 1;
	for (size_t i = 0; i < old_capacity; i++)
		if (old[i].block)
			*place_of(old[i].block) = old[i];
	if (old)
		os_unmap(old, bytes_for(old_capacity));
	return true;
}

bool table_reserve(void)
{
	if (!places)
		return grow(FIRST_PLACES);
	return (count + 1) * 2 <= mask + 1 || grow((mask + 1) * 2);
}

void table_add(const struct mapping *m)
{
	*place_of(m->block) = *m;
	count++;
}

struct mapping *table_find(const void *block)
{
	struct mapping *m = places ? place_of(block) : NULL;

	return m && m->block ? m : NULL;
}

/* Those behind move up, so that no search ends at the hole. */
void table_remove(struct mapping *m)
{
	struct mapping *other = m;

	count--;
	m->block = NULL;
	while ((other = next_place(other))->block != NULL) {
		struct mapping moved = *other;

		other->block = NULL;
		*place_of(moved.block) = moved;
	}
}
