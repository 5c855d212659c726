/* SPDX-License-Identifier: MIT */
#include "heap/slab_lists.h"

#include "base/bits.h"
#include "base/coarse_clock.h"
#include "retention/retention.h"
#include "superslab/slab_pages.h"

/* A slab is sparse if this part of it, or more, is free pages. */
#define SPARSE_SHARE 8u

/*
 * A slab of the bin is sparse if used / carved <= used_share / SHARE_UNIT: this is looked
 * at in each free that reaches a slab.  Constant from slab_lists_start() on.
 */
#define SHARE_UNIT 65536u
HAK_NEAR static uint32_t used_share[BIN_COUNT];

/* Of so many blocks, this many may be in use: solves slab_free_pages() for `used`. */
static size_t share_of(unsigned bin)
{
	size_t block = size_class_table[bin].block;
	size_t shared = slab_shared_pages(bin);
	size_t alone = block > shared ? block - shared : 0, least = SHARE_UNIT / SPARSE_SHARE;
	size_t by_held = (SHARE_UNIT - least) * block / (block + shared);
	size_t free = alone != 0 ? least * block / alone : SHARE_UNIT;

	return max_size(by_held, free < SHARE_UNIT ? SHARE_UNIT - free : 0);
}

void slab_lists_start(void)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		used_share[bin] = (uint32_t)share_of(bin);
}

bool slab_list_is_sparse(const struct slab *slab)
{
	return slab->used * SHARE_UNIT <= slab->carved * used_share[slab->bin];
}

void slab_lists_count(struct heap *heap, size_t change)
{
	size_t now = heap->sparse + change;

	store_relaxed(&heap->sparse, now);
	retention_note_sparse(now, heap->held_bytes - heap->thin,
			      heap_alive_count() + heap_dead_count());
}

static struct slab **list_of(struct heap *heap, const struct slab *slab)
{
	return &heap->bin[slab->bin].list[SLAB_LIST(slab->state)];
}

/* One of the bin's lists became empty. */
static void clear_room(struct heap *heap, unsigned bin)
{
	for (unsigned i = 0; i < SLAB_LISTS; i++)
		if (heap->bin[bin].list[i])
			return;
	store_relaxed(&heap->room_mask, heap->room_mask & ~((uint64_t)1 << bin));
}
_Static_assert(BIN_COUNT <= 64, "room_mask has a bit for every bin");

/* The first one's prev is the last one, whose next is NULL. */
static void link(struct heap *heap, struct slab *slab, enum slab_state state)
{
	struct slab **list, *first;

	slab->state = (uint8_t)state;
	list = list_of(heap, slab);
	first = *list;
	slab->next = NULL;
	slab->prev = slab;
	if (first) {
		slab->prev = first->prev;
		first->prev = slab;
	}
	if (first && state == SLAB_SPARSE) {
		slab->prev->next = slab;
	} else {
		slab->next = first;
		*list = slab;
	}
	store_relaxed(&heap->room_mask, heap->room_mask | (uint64_t)1 << slab->bin);
}

static void unlink_slab(struct heap *heap, struct slab *slab)
{
	struct slab **list = list_of(heap, slab);

	if (slab->next)
		slab->next->prev = slab->prev;
	else
		(*list)->prev = slab->prev;
	if (*list == slab)
		*list = slab->next;
	else
		slab->prev->next = slab->next;
	slab->state = SLAB_FULL;
	if (!*list)
		clear_room(heap, slab->bin);
}

void slab_list_add(struct heap *heap, struct slab *slab)
{
	if (slab->state == SLAB_FULL) {
		link(heap, slab, SLAB_PARTIAL);
		slab_list_note_free(heap, slab);
	} else if (slab->purged == 0) { /* there was nothing to purge */
		link(heap, slab, SLAB_PARTIAL);
	} else {
		retention_thinned(slab->sparse_bytes);
		heap->thin += slab->sparse_bytes;
		link(heap, slab, SLAB_THIN);
	}
}

void slab_list_remove(struct heap *heap, struct slab *slab)
{
	if (slab->state == SLAB_SPARSE) {
		slab_lists_count(heap, -(size_t)slab->sparse_bytes);
	} else if (slab->state == SLAB_THIN) {
		retention_not_thin(slab->sparse_bytes);
		heap->thin -= slab->sparse_bytes;
	}
	unlink_slab(heap, slab);
}

/* Of a slab on no list. */
static void link_sparse(struct heap *heap, struct slab *slab, size_t bytes)
{
	slab->sparse_bytes = (uint32_t)bytes;
	slab->sparse_since = (uint32_t)coarse_clock_ms();
	slab_lists_count(heap, bytes);
	link(heap, slab, SLAB_SPARSE);
}

void slab_list_note_free(struct heap *heap, struct slab *slab)
{
	size_t bytes;

	if (likely(!slab_list_is_sparse(slab)))
		return;
	bytes = slab_free_pages(slab);
	if (bytes <= slab->sparse_bytes + slab_touched(slab) / SPARSE_SHARE)
		return;
	slab_list_remove(heap, slab);
	link_sparse(heap, slab, bytes);
}

struct slab *slab_list_first(struct heap *heap, unsigned bin)
{
	struct slab *const *list = heap->bin[bin].list;
	struct slab *slab = list[SLAB_LIST(SLAB_PARTIAL)];
	struct slab *sparse = list[SLAB_LIST(SLAB_SPARSE)];

	if (!slab) {
		/* Of the sparse ones the last: it was used last. */
		slab = sparse ? sparse->prev : list[SLAB_LIST(SLAB_THIN)];
		if (!slab)
			return NULL;
		slab_list_remove(heap, slab);
		link(heap, slab, SLAB_PARTIAL);
	}
	slab->sparse_bytes = 0;
	return slab;
}
