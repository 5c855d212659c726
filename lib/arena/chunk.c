/* SPDX-License-Identifier: MIT */
#include "arena/chunk.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "debug_ring/debug_ring.h"
#include "meta/meta.h"
#include "options/options.h"
#include "os/hak_os_map_boundary.h"
#include "registry/page_registry.h"
#include "stats/stats.h"
#include "thp/thp.h"

#define SUPERSLAB_SIZE (SUPERSLAB_GRANULES * GRANULE_SIZE)

/*
 * The first chunks, 1 + 2 + 4 MiB, get no huge pages where these are always on: one
 * touch there would cost 2 MiB.  A heap that maps more has use for them.
 */
#define SMALL_PAGES ((size_t)7 << 20)

static size_t chunk_size(void)
{
	uint64_t chunks = stats_totals.chunks; /* under the Arena's lock */
	uint64_t levels = (uint64_t)options_get(OPTION_POOL_TLS_ARENA_GROWTH_LEVELS);
	size_t size = (size_t)options_get(OPTION_POOL_TLS_ARENA_MB_INIT) << 20;
	size_t most = (size_t)options_get(OPTION_POOL_TLS_ARENA_MB_MAX) << 20;

	size <<= chunks < levels ? chunks : levels;
	return min_size(size, most);
}

static struct superslab *descriptor_take(struct ss_lists *lists)
{
	struct superslab *ss = lists->descriptors;

	if (ss)
		lists->descriptors = ss->next;
	else
		ss = meta_alloc(sizeof(*ss));
	return ss;
}

/* False when there is no memory for a descriptor. */
static bool add_superslab(struct ss_lists *lists, char *base, size_t size)
{
	struct superslab *ss = descriptor_take(lists);

	if (!ss)
		return false;
	ss->base = base;
	ss->granules = (uint32_t)(size >> GRANULE_SHIFT);
	ss->free = bit_run(0, ss->granules);
	ss->dirty = 0;
	ss->blank = 0;
	ss->refused = 0;
	ss->doubted = 0;
	ss->purging = 0;
	ss->splits = 0;
	ss->dirty_listed = false;
	registry_set_unit(base, size >> UNIT_SHIFT, ss);
	ss_lists_add(lists, ss);
	count_relaxed(&stats_totals.arena, size);
	return true;
}

/* Cuts a mapping up; what finds no descriptor goes back.  False: nothing. */
static bool add_chunk(struct ss_lists *lists, char *base, size_t size)
{
	char *next = base, *end = base + size;

	if (!registry_reserve(base, size)) {
		os_release(base, size);
		return false;
	}
	while (next < end) {
		size_t piece = min_size(SUPERSLAB_SIZE, (size_t)(end - next));

		if (!add_superslab(lists, next, piece)) {
			os_release(next, (size_t)(end - next));
			break;
		}
		next += piece;
	}
	return next != base;
}

static size_t alignment(size_t size)
{
	return min_size(SUPERSLAB_SIZE, size & -size);
}

/* Closed at first, so that thp_commit_small() can open it bit by bit. */
static char *map_small(size_t size)
{
	char *base = os_reserve(size, alignment(size));

	if (base && !thp_commit_small(base, size)) {
		os_unreserve(base, size);
		base = NULL;
	}
	return base;
}

/*
 * A program that maps a large file has the kernel place what comes later far below:
 * outside of the Window each free() would take a slow path.  NULL: no place there.
 */
static char *map_in_window(size_t size)
{
	uintptr_t place = registry_window_place(align_up(size, SUPERSLAB_SIZE));

	return place != 0 ? os_map_at(place, size) : NULL;
}

/* Under the Arena's lock. */
static char *map_chunk(size_t size)
{
	char *base = stats_totals.arena < SMALL_PAGES ? map_small(size) :
							os_map(size, alignment(size));
	char *better = NULL;

	if (base && stats_totals.chunks != 0 &&
	    registry_window_index(base) >= WINDOW_GRANULES)
		better = map_in_window(size);
	if (!better)
		return base;
	os_release(base, size);
	return better;
}

bool chunk_map(struct ss_lists *lists)
{
	size_t size = chunk_size();
	char *base = NULL;

	for (; size >= UNIT_SIZE; size = align_down(size / 2, UNIT_SIZE)) {
		base = map_chunk(size);
		if (base)
			break;
	}
	if (!base)
		return false;
	/* Before a part may go back: its place may be another mapping's then. */
	os_name(base, size, "hakmem: arena");
	thp_advise(base, size);
	if (!add_chunk(lists, base, size))
		return false;
	debug_ring_add(RING_MAP, (uintptr_t)base, size);
	count_relaxed(&stats_totals.chunks, 1);
	return true;
}

bool chunk_unmap(struct superslab *ss)
{
	size_t size = ss->granules * GRANULE_SIZE;

	/* Before the unmap: the next mapping there may be another box's. */
	registry_set_unit(ss->base, size >> UNIT_SHIFT, NULL);
	if (os_unmap(ss->base, size)) {
		thp_unsplit(ss->splits);
		debug_ring_add(RING_UNMAP, (uintptr_t)ss->base, size);
		return true;
	}
	registry_set_unit(ss->base, size >> UNIT_SHIFT, ss);
	return false;
}

void chunk_forget(struct ss_lists *lists, struct superslab *ss)
{
	count_relaxed(&stats_totals.arena, -(ss->granules * GRANULE_SIZE));
	ss->next = lists->descriptors;
	lists->descriptors = ss;
}
