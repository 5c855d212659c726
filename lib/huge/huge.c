/* SPDX-License-Identifier: MIT */
#include "huge/huge.h"

#include "arena/arena.h"
#include "base/atomics.h"
#include "base/bits.h"
#include "debug_ring/debug_ring.h"
#include "huge/huge_cache.h"
#include "os/hak_os_map_boundary.h"
#include "registry/page_registry.h"
#include "retention/retention.h"
#include "size_class/size_class.h"
#include "stats/stats.h"
#include "thp/thp.h"

/*
 * A larger zeroed block has clean pages from the kernel: clearing used ones touches
 * all of them, and programs that ask for so much may use it sparsely.  Where all of it
 * is used, clearing costs a quarter of the faults that it saves (bench/LOG.md).
 */
#define CLEARED_MAX ((size_t)32 << 20)

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
	if (base)
		os_name(base, size, "hakmem: huge");
	return base;
}

static struct mapping *map_fresh(size_t size, size_t alignment)
{
	struct mapping *h = mapping_descriptor();
	char *base = h ? map_known(size, alignment) : NULL;

	if (!base) {
		if (h)
			mapping_descriptor_give(h);
		return NULL;
	}
	h->base = base;
	h->size = size;
	h->clean = false;
	debug_ring_add(RING_MAP, (uintptr_t)base, size);
	thp_advise(base, size);
	add_relaxed(&stats_totals.huge_mapped, size);
	return h;
}

/*
 * The kernel makes a mapping larger, perhaps elsewhere: page tables change, bytes do not.
 * False: nothing has changed.  A program that gave advice on a part of its block has left
 * two mappings of the kernel's, and these never grow.  pre: it is not registered.
 */
static bool move(struct mapping *h, size_t size)
{
	struct registry_leaf *leaf = registry_take_leaf();
	char *place = leaf ? os_move(h->base, h->size, size) : NULL;

	if (leaf)
		registry_give_leaf(leaf, place ? place : h->base);
	if (!place)
		return false;
	add_relaxed(&stats_totals.huge_mapped, size - h->size);
	h->base = place;
	h->size = size;
	return true;
}

/* Bytes that blocks have beyond what was asked for: any thread, relaxed. */
static size_t surplus;

static size_t surplus_of(const struct mapping *h)
{
	return h->size - h->usable;
}

/*
 * The largest mapping that a block may have as it is.  A little more than asked for is
 * not worth a system call; and all blocks together may have as much more as is kept for
 * a program that wants again what it gave back, and as fits under the limit: its buffers
 * change their size all the time.
 */
static size_t largest(size_t size)
{
	size_t kept = excess_of(load_relaxed(&retention_widened), load_relaxed(&surplus));

	kept = min_size(kept, os_room());
	return size + max_size(kept, max_size(size / 8, UNIT_SIZE));
}

/* Of *resident bytes that were used before, and fresh ones.  NULL: there is none. */
static struct mapping *take_cached(size_t size, size_t alignment, size_t *resident)
{
	size_t most = largest(size);
	struct mapping *h = huge_cache_take(size, most, alignment);

	if (!h)
		return NULL;
	if (!h->clean && h->size > most)
		mapping_trim(h, size);
	*resident = h->clean ? 0 : h->size;
	if (h->size >= size || move(h, size))
		return h;
	mapping_drop(h);
	return NULL;
}

static void register_mapping(struct mapping *h)
{
	registry_set_unit(h->base, 1, h);
	registry_set_word(h->base, 1, WORD_HUGE);
}

static void unregister_mapping(const struct mapping *h)
{
	registry_set_word(h->base, 1, WORD_NONE);
	registry_set_unit(h->base, 1, NULL);
}

void *huge_alloc(size_t size, size_t alignment, bool *zeroed)
{
	bool clean = *zeroed && size > CLEARED_MAX;
	size_t bytes = huge_round(size), resident = 0;
	struct mapping *h;

	if (bytes == 0)
		return NULL;
	alignment = max_size(alignment, os_page_size());
	h = take_cached(bytes, alignment, &resident);
	if (!h) {
		resident = 0;
		h = map_fresh(bytes, alignment);
	}
	if (!h)
		return NULL;
	*zeroed = resident == 0 || (clean && os_purge(h->base, resident));
	retention_use(h->size, resident);
	h->usable = bytes;
	add_relaxed(&surplus, surplus_of(h));
	register_mapping(h);
	add_relaxed(&stats_totals.huge_blocks, 1);
	return h->base;
}

/* A mapping larger than all that may stay does not push the others out. */
void huge_free(void *block)
{
	struct mapping *h = registry_unit(block);
	size_t excess = retention_free(h->size, h->size);

	unregister_mapping(h);
	sub_relaxed(&stats_totals.huge_blocks, 1);
	sub_relaxed(&surplus, surplus_of(h));
	h->clean = false;
	if (excess >= h->size)
		excess -= mapping_drop(h);
	else
		huge_cache_put(h);
	huge_purge_excess(excess);
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

/* Unregisters it before: the next mapping there may be another thread's. */
static bool move_block(struct mapping *h, size_t bytes)
{
	bool moved;

	unregister_mapping(h);
	moved = move(h, bytes);
	register_mapping(h);
	return moved;
}

static bool resize(struct mapping *h, size_t bytes)
{
	if (!os_resize(h->base, h->size, bytes))
		return false;
	add_relaxed(&stats_totals.huge_mapped, bytes - h->size);
	h->size = bytes;
	return true;
}

/* The end goes back to the system at once, or else it stays with the block. */
static void shrink_mapping(struct mapping *h, size_t bytes)
{
	size_t less = h->size - bytes;

	retention_free(less, less);
	if (mapping_trim(h, bytes) != 0)
		h->usable = bytes;
	else
		retention_use(less, less);
}

/*
 * A block that grows once grows again: it gets an eighth to spare, if that can
 * be had.  Pages that nobody touches cost address space alone.
 */
static bool grow_mapping(struct mapping *h, size_t bytes)
{
	size_t roomy = max_size(huge_round(bytes + bytes / 8), bytes), before = h->size;

	if (!resize(h, roomy) && !resize(h, bytes) && !move_block(h, roomy) &&
	    !move_block(h, bytes))
		return false;
	retention_use(h->size - before, 0);
	return true;
}

void *huge_resize(void *block, size_t size)
{
	struct mapping *h = registry_unit(block);
	size_t bytes = huge_round(size), before = surplus_of(h);

	if (bytes == 0)
		return NULL;
	if (bytes > h->size && !grow_mapping(h, bytes))
		return NULL;
	if (bytes > h->usable)
		h->usable = bytes;
	else if (bytes < h->usable / 4 * 3)
		shrink_mapping(h, bytes);
	add_relaxed(&surplus, surplus_of(h) - before);
	return h->base;
}

void huge_purge_excess(size_t bytes)
{
	size_t spare = load_relaxed(&stats_totals.huge_spare);
	bool more_spare = spare > load_relaxed(&stats_totals.idle) / 2;
	size_t done;

	if (bytes == 0)
		return;
	done = more_spare ? huge_cache_evict(bytes) : arena_purge(bytes);
	if (done >= bytes)
		return;
	if (more_spare)
		arena_purge(bytes - done);
	else
		huge_cache_evict(bytes - done);
}
