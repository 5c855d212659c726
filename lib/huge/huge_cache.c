/* SPDX-License-Identifier: MIT */
#include "huge/huge_cache.h"

#include <stdbool.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "debug_ring/debug_ring.h"
#include "meta/meta.h"
#include "os/hak_os_map_boundary.h"
#include "registry/page_registry.h"
#include "retention/retention.h"
#include "stats/stats.h"

/* More mappings than this are not kept, however small. */
#define SLOTS 64u

static struct lock huge_lock = LOCK_INIT(LOCK_RANK_HUGE);
static struct mapping *descriptors;   /* under huge_lock */
static struct mapping *cached[SLOTS]; /* oldest first; under huge_lock */
static unsigned count;		      /* of cached; under huge_lock */

struct mapping *mapping_descriptor(void)
{
	struct mapping *m;

	lock_take(&huge_lock);
	m = descriptors;
	if (m)
		descriptors = m->next;
	lock_give(&huge_lock);
	return m ? m : meta_alloc(sizeof(*m));
}

void mapping_descriptor_give(struct mapping *m)
{
	lock_take(&huge_lock);
	m->next = descriptors;
	descriptors = m;
	lock_give(&huge_lock);
}

size_t mapping_drop(struct mapping *m)
{
	size_t bytes = m->size;

	debug_ring_add(RING_UNMAP, (uintptr_t)m->base, bytes);
	retention_purged(bytes);
	sub_relaxed(&stats_totals.huge_mapped, bytes);
	os_release(m->base, bytes);
	mapping_descriptor_give(m);
	return bytes;
}

/* NULL where there is none, as in SLOTS.  Under huge_lock. */
static struct mapping *remove_slot(unsigned slot)
{
	struct mapping *m;

	if (slot >= count)
		return NULL;
	m = cached[slot];
	sub_relaxed(&stats_totals.huge_spare, m->size);
	count--;
	for (; slot < count; slot++)
		cached[slot] = cached[slot + 1];
	return m;
}

/* What a block may be larger than asked for: a quarter, or the smallest block. */
static bool fits(const struct mapping *m, size_t size, size_t alignment)
{
	return m->size >= size && m->size - size <= max_size(size / 4, UNIT_SIZE) &&
	       is_aligned_to(m->base, alignment);
}

/* SLOTS: none fits.  Under huge_lock. */
static unsigned best_fit(size_t size, size_t alignment)
{
	unsigned best = SLOTS;

	for (unsigned i = 0; i < count; i++)
		if (fits(cached[i], size, alignment) &&
		    (best == SLOTS || cached[i]->size < cached[best]->size))
			best = i;
	return best;
}

/* The largest of those below `size`, or SLOTS.  Under huge_lock. */
static unsigned largest_below(size_t size)
{
	unsigned best = SLOTS;

	for (unsigned i = 0; i < count; i++)
		if (cached[i]->size < size &&
		    (best == SLOTS || cached[i]->size > cached[best]->size))
			best = i;
	return best;
}

struct mapping *huge_cache_take(size_t size, size_t alignment)
{
	struct mapping *m;

	lock_take(&huge_lock);
	m = remove_slot(best_fit(size, alignment));
	if (!m && alignment <= os_page_size()) /* it may move to any page */
		m = remove_slot(largest_below(size));
	lock_give(&huge_lock);
	return m;
}

void huge_cache_put(struct mapping *m)
{
	struct mapping *oldest = NULL;

	lock_take(&huge_lock);
	if (count == SLOTS)
		oldest = remove_slot(0);
	cached[count++] = m;
	add_relaxed(&stats_totals.huge_spare, m->size);
	lock_give(&huge_lock);
	if (oldest)
		mapping_drop(oldest);
}

static struct mapping *take_oldest(void)
{
	struct mapping *m;

	lock_take(&huge_lock);
	m = remove_slot(0);
	lock_give(&huge_lock);
	return m;
}

/*
 * Gives the end of a mapping back, and keeps the rest when that is worth it.
 * Returns the bytes given back.
 */
static size_t trim(struct mapping *m, size_t bytes)
{
	size_t rest = m->size - min_size(align_up(bytes, GRANULE_SIZE), m->size);

	if (rest < UNIT_SIZE || !os_resize(m->base, m->size, rest))
		return mapping_drop(m);
	bytes = m->size - rest;
	m->size = rest;
	retention_purged(bytes);
	sub_relaxed(&stats_totals.huge_mapped, bytes);
	huge_cache_put(m);
	return bytes;
}

size_t huge_cache_evict(size_t bytes)
{
	size_t done = 0;
	struct mapping *m;

	while (done < bytes && (m = take_oldest()) != NULL)
		done += trim(m, bytes - done);
	return done;
}

void huge_cache_fork(enum fork_step step)
{
	lock_fork(&huge_lock, step);
}
