/* SPDX-License-Identifier: MIT */
#include "huge/huge_cache.h"

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

struct lock huge_lock = LOCK_INIT(LOCK_RANK_HUGE);
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

/* Bytes too many that cost as little as one to be mapped or unmapped. */
#define CHEAP 16u

/*
 * How many bytes are to be mapped or unmapped to make it `size` bytes, which is much work,
 * or are too many; SIZE_MAX: not this one.  A small block does not get the memory of a
 * large one, and one that moves gets no alignment beyond a page.
 */
static size_t distance(const struct mapping *m, size_t size, size_t most,
		       size_t alignment)
{
	if (!is_aligned_to(m->base, alignment) || m->size / 2 > size)
		return SIZE_MAX;
	if (m->size >= size)
		return m->size <= most ? (m->size - size) / CHEAP : m->size - size;
	return alignment > os_page_size() ? SIZE_MAX : size - m->size;
}

/* The nearest, or SLOTS.  Under huge_lock. */
static unsigned nearest(size_t size, size_t most, size_t alignment)
{
	unsigned best = SLOTS;
	size_t least = SIZE_MAX;

	for (unsigned i = 0; i < count; i++) {
		size_t here = distance(cached[i], size, most, alignment);

		if (here < least) {
			least = here;
			best = i;
		}
	}
	return best;
}

struct mapping *huge_cache_take(size_t size, size_t most, size_t alignment)
{
	struct mapping *m;

	lock_take(&huge_lock);
	m = remove_slot(nearest(size, most, alignment));
	lock_give(&huge_lock);
	return m;
}

/* Of a mapping that the process has no more: returns the bytes that were resident. */
static size_t forget(struct mapping *m)
{
	size_t bytes = m->clean ? 0 : m->size;

	retention_purged(bytes);
	sub_relaxed(&stats_totals.huge_mapped, m->size);
	mapping_descriptor_give(m);
	return bytes;
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
	if (oldest) {
		os_release(oldest->base, oldest->size);
		forget(oldest);
	}
}

/* The system does not unmap it.  Returns the bytes that it took back all the same. */
static size_t purge_and_keep(struct mapping *m)
{
	size_t bytes = m->clean ? 0 : m->size;

	if (bytes != 0 && os_purge(m->base, bytes)) {
		retention_purged(bytes);
		m->clean = true;
	} else if (bytes != 0) {
		retention_refused(bytes);
		bytes = 0;
	}
	huge_cache_put(m);
	return bytes;
}

size_t mapping_drop(struct mapping *m)
{
	if (!os_unmap(m->base, m->size))
		return purge_and_keep(m);
	debug_ring_add(RING_UNMAP, (uintptr_t)m->base, m->size);
	return forget(m);
}

static struct mapping *take_oldest(void)
{
	struct mapping *m;

	lock_take(&huge_lock);
	m = remove_slot(0);
	lock_give(&huge_lock);
	return m;
}

size_t mapping_trim(struct mapping *m, size_t size)
{
	size_t bytes = m->size - size;

	if (!os_resize(m->base, m->size, size))
		return 0;
	m->size = size;
	retention_purged(bytes);
	sub_relaxed(&stats_totals.huge_mapped, bytes);
	return bytes;
}

/* Of the oldest: its end, if what is left is worth keeping, or all of it. */
static size_t evict(struct mapping *m, size_t bytes)
{
	size_t end = align_up(min_size(bytes, m->size), GRANULE_SIZE), done;

	if (m->clean || m->size < UNIT_SIZE + end)
		return mapping_drop(m);
	done = mapping_trim(m, m->size - end);
	if (done == 0)
		return mapping_drop(m);
	huge_cache_put(m);
	return done;
}

/* Each is looked at once: what cannot be unmapped comes back at the other end. */
size_t huge_cache_evict(size_t bytes)
{
	size_t done = 0;
	struct mapping *m;

	for (unsigned i = 0; i < SLOTS && done < bytes && (m = take_oldest()); i++)
		done += evict(m, bytes - done);
	return done;
}
