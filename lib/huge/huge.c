/* SPDX-License-Identifier: MIT */
#include "huge/huge.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "debug_ring/debug_ring.h"
#include "huge/spare.h"
#include "os/hak_os_map_boundary.h"
#include "registry/page_registry.h"
#include "retention/retention.h"
#include "stats/stats.h"
#include "thp/thp.h"

size_t huge_round(size_t size)
{
	if (size > PTRDIFF_MAX - GRANULE_SIZE)
		return 0;
	return align_up(max_size(size, UNIT_SIZE + 1), GRANULE_SIZE);
}

/* Memory that the registry knows. */
static void *map_known(size_t size, size_t alignment)
{
	void *base = os_map(size, alignment);

	if (base && !registry_reserve(base, 1)) {
		os_release(base, size);
		base = NULL;
	}
	return base;
}

static struct mapping *map_fresh(size_t size, size_t alignment)
{
	struct mapping *h = spare_descriptor();
	char *base = h ? map_known(size, alignment) : NULL;

	if (!base) {
		if (h)
			spare_descriptor_give(h);
		return NULL;
	}
	mapping_is(h, base, size);
	debug_ring_add(RING_MAP, (uintptr_t)h->base, size);
	thp_advise(h->base, size);
	add_relaxed(&stats_totals.huge_mapped, size);
	return h;
}

/* The kernel makes a larger mapping of a spare: page tables change, not bytes. */
static bool stretch(struct mapping *h, size_t size)
{
	struct registry_leaf *leaf = registry_take_leaf();
	char *place;

	if (!leaf)
		return false;
	place = os_resize(h->base, h->size, size) ?
			h->base : os_move(h->base, h->size, size);
	registry_give_leaf(leaf, place ? place : h->base);
	if (!place)
		return false;
	add_relaxed(&stats_totals.huge_mapped, size - h->size);
	mapping_is(h, place, size);
	return true;
}

/*
 * The longest part of a spare, stretched.  It has *resident bytes with pages.  One
 * that is long enough was freed by another thread just now: not this time.
 */
static struct mapping *stretch_spare(size_t size, size_t *resident)
{
	struct mapping *h = spare_take_longest();
	size_t had = h ? h->size : 0;

	if (!h)
		return NULL;
	if (had < size && stretch(h, size)) {
		*resident = had;
		return h;
	}
	spare_put(h);
	return NULL;
}

/* Of pages that spares have, as far as they reach, and fresh ones. */
static struct mapping *map_over_spares(size_t size, size_t alignment,
				       size_t *resident)
{
	struct mapping *h = NULL;

	if (alignment <= os_page_size())
		h = stretch_spare(size, resident);
	if (!h)
		h = map_fresh(size, alignment);
	if (!h || spare_move_under(h, resident))
		return h;
	spare_descriptor_give(h);
	*resident = 0;
	return map_fresh(size, alignment);
}

static struct mapping *take_spare(size_t size, size_t alignment)
{
	struct mapping *h = spare_take(size, alignment);

	/* Where a rest of a mapping begins is news to the registry. */
	if (h && !registry_reserve(h->base, 1)) {
		spare_put(h);
		h = NULL;
	}
	return h;
}

static void publish(struct mapping *h)
{
	registry_set_unit(h->base, 1, h);
	registry_set_word(h->base, 1, WORD_HUGE);
}

static void withdraw(const struct mapping *h)
{
	registry_set_word(h->base, 1, WORD_NONE);
	registry_set_unit(h->base, 1, NULL);
}

void *huge_alloc(size_t size, size_t alignment, bool *zeroed)
{
	size_t bytes = huge_round(size), resident = 0;
	struct mapping *h;

	if (bytes == 0)
		return NULL;
	alignment = max_size(alignment, os_page_size());
	h = take_spare(bytes, alignment);
	if (h)
		resident = h->size;
	else
		h = map_over_spares(bytes, alignment, &resident);
	if (!h)
		return NULL;
	*zeroed = resident == 0;
	retention_use(h->size, resident);
	h->usable = bytes;
	publish(h);
	return h->base;
}

void huge_free(void *block)
{
	struct mapping *h = registry_unit(block);
	size_t excess = retention_free(h->size, h->size);

	withdraw(h);
	spare_put(h);
	if (excess != 0)
		spare_evict(excess);
}

bool huge_begins(const void *block)
{
	const struct mapping *h = registry_unit(block);

	return h && h->base == block;
}

size_t huge_usable(const void *block)
{
	const struct mapping *h = registry_unit(block);

	return h->usable;
}

static void has_grown(struct mapping *h, size_t bytes)
{
	retention_use(bytes - h->size, 0);
	add_relaxed(&stats_totals.huge_mapped, bytes - h->size);
	h->size = bytes;
}

/* Moves to where there are `bytes`.  False: nothing has changed. */
static bool move(struct mapping *h, size_t bytes)
{
	struct registry_leaf *leaf = h->seams == 0 ? registry_take_leaf() : NULL;
	char *place;

	if (!leaf)
		return false;
	/* Before the move: the next mapping there may be another thread's. */
	withdraw(h);
	place = os_move(h->base, h->size, bytes);
	registry_give_leaf(leaf, place ? place : h->base);
	if (place) {
		mapping_is(h, place, h->size);
		has_grown(h, bytes);
	}
	publish(h);
	return place != NULL;
}

static bool resize(struct mapping *h, size_t bytes)
{
	if (!os_resize(h->base, h->size, bytes))
		return false;
	has_grown(h, bytes);
	return true;
}

/* With the pages of the spare that stands behind it. */
static bool extend(struct mapping *h, size_t bytes)
{
	size_t had = h->size;

	if (!spare_extend(h, bytes))
		return false;
	retention_use(h->size - had, h->size - had);
	return true;
}

/* The rest waits to be wanted again; or else it stays with the block. */
static void shrink(struct mapping *h, size_t bytes)
{
	size_t less = h->size - bytes, excess;

	if (!spare_cut(h, bytes))
		return;
	h->usable = bytes;
	excess = retention_free(less, less);
	if (excess != 0)
		spare_evict(excess);
}

/*
 * A block that grows once grows again: it gets an eighth to spare, if that can
 * be had.  Pages that nobody touches cost address space alone.
 */
static bool grow(struct mapping *h, size_t bytes)
{
	size_t roomy = max_size(huge_round(bytes + bytes / 8), bytes);

	return extend(h, bytes) || resize(h, roomy) || resize(h, bytes) ||
	       move(h, roomy) || move(h, bytes);
}

void *huge_resize(void *block, size_t size)
{
	struct mapping *h = registry_unit(block);
	size_t bytes = huge_round(size);

	if (bytes == 0)
		return NULL;
	if (bytes > h->size && !grow(h, bytes))
		return NULL;
	if (bytes > h->usable)
		h->usable = bytes;
	else if (bytes < h->usable / 4 * 3)
		shrink(h, bytes);
	return h->base;
}

size_t huge_purge(void)
{
	return spare_evict(SIZE_MAX);
}
