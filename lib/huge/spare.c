/* SPDX-License-Identifier: MIT */
#include "huge/spare.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "debug_ring/debug_ring.h"
#include "meta/meta.h"
#include "os/hak_os_map_boundary.h"
#include "os/kept.h"
#include "retention/retention.h"
#include "size_class/size_class.h"
#include "stats/stats.h"

/* More mappings than this are not kept, however small. */
#define SLOTS 64u
/* A smaller rest is not worth a system call to move it. */
#define PIECE_MIN (4 * GRANULE_SIZE)

static struct lock huge_lock = LOCK_INIT(LOCK_RANK_HUGE);
static struct huge *descriptors;    /* under huge_lock */
static struct huge *spare[SLOTS];   /* oldest first; under huge_lock */
static unsigned spares;		    /* under huge_lock */
static unsigned all_seams;	    /* of all blocks; any thread, relaxed */
/* The system refused to move pages; any thread, relaxed. */
static bool cannot_move;

struct huge *spare_descriptor(void)
{
	struct huge *h;

	lock_take(&huge_lock);
	h = descriptors;
	if (h)
		descriptors = h->next;
	lock_give(&huge_lock);
	if (!h)
		h = meta_alloc(sizeof(*h));
	if (h)
		h->seams = 0;
	return h;
}

void spare_descriptor_give(struct huge *h)
{
	lock_take(&huge_lock);
	h->next = descriptors;
	descriptors = h;
	lock_give(&huge_lock);
}

static struct huge *remove_slot(unsigned slot)
{
	struct huge *h = spare[slot];

	sub_relaxed(&stats_totals.huge_spare, h->size);
	spares--;
	for (; slot < spares; slot++)
		spare[slot] = spare[slot + 1];
	return h;
}

/* Returns the oldest when it had to leave for it, or NULL. */
static struct huge *add(struct huge *h)
{
	struct huge *oldest = NULL;

	lock_take(&huge_lock);
	if (spares == SLOTS)
		oldest = remove_slot(0);
	spare[spares++] = h;
	add_relaxed(&stats_totals.huge_spare, h->size);
	lock_give(&huge_lock);
	return oldest;
}

static void unmap(struct huge *h)
{
	debug_ring_add(RING_UNMAP, (uintptr_t)h->base, h->size);
	sub_relaxed(&stats_totals.huge_mapped, h->size);
	os_release(h->base, h->size);
	spare_descriptor_give(h);
}

static size_t drop(struct huge *h)
{
	size_t bytes = h->size;

	retention_purged(bytes);
	unmap(h);
	return bytes;
}

static void keep(struct huge *h)
{
	struct huge *oldest = add(h);

	if (oldest)
		drop(oldest);
}

/* Not once the process has all the mappings that the system allows. */
static bool may_cut(void)
{
	return !kept_ever();
}

/* The part of `h` from `offset` on, a spare of its own; it has no seams. */
static bool cut_off(struct huge *h, size_t offset)
{
	struct huge *rest = spare_descriptor();

	if (!rest)
		return false;
	rest->base = h->base + offset;
	rest->size = h->size - offset;
	h->size = offset;
	keep(rest);
	return true;
}

static bool may_add_seam(const struct huge *h)
{
	return h->seams < SEAMS_MAX && load_relaxed(&all_seams) < SEAMS_TOTAL &&
	       may_cut();
}

static void add_seam(struct huge *h, size_t offset)
{
	h->seam[h->seams++] = offset;
	add_relaxed(&all_seams, 1u);
}

static void drop_last_seam(struct huge *h)
{
	h->seams--;
	sub_relaxed(&all_seams, 1u);
}

void spare_drop_seams(struct huge *h, size_t end)
{
	while (h->seams > 0 && h->seam[h->seams - 1] >= end)
		drop_last_seam(h);
}

void spare_put(struct huge *h)
{
	while (h->seams > 0 && cut_off(h, h->seam[h->seams - 1]))
		drop_last_seam(h);
	if (h->seams == 0) {
		keep(h);
		return;
	}
	spare_drop_seams(h, 0); /* there is no memory for descriptors */
	drop(h);
}

/* Of the spares that hold it the smallest; SLOTS: none does. */
static unsigned best_fit(size_t size, size_t alignment)
{
	unsigned best = SLOTS;

	for (unsigned i = 0; i < spares; i++)
		if (spare[i]->size >= size &&
		    ((uintptr_t)spare[i]->base & (alignment - 1)) == 0 &&
		    (best == SLOTS || spare[i]->size < spare[best]->size))
			best = i;
	return best;
}

struct huge *spare_take(size_t size, size_t alignment)
{
	struct huge *h = NULL;
	unsigned slot;

	lock_take(&huge_lock);
	slot = best_fit(size, alignment);
	if (slot != SLOTS)
		h = remove_slot(slot);
	lock_give(&huge_lock);
	if (h && h->size - size >= PIECE_MIN && may_cut())
		cut_off(h, size);
	return h;
}

static unsigned largest(void)
{
	unsigned best = 0;

	for (unsigned i = 1; i < spares; i++)
		if (spare[i]->size > spare[best]->size)
			best = i;
	return best;
}

static struct huge *take_largest(void)
{
	struct huge *h = NULL;

	lock_take(&huge_lock);
	if (spares != 0 && spare[largest()]->size >= PIECE_MIN)
		h = remove_slot(largest());
	lock_give(&huge_lock);
	return h;
}

/* The first `bytes` of a spare are gone. */
static void shorten_front(struct huge *h, size_t bytes)
{
	sub_relaxed(&stats_totals.huge_mapped, bytes);
	h->base += bytes;
	h->size -= bytes;
	if (h->size == 0)
		spare_descriptor_give(h);
	else
		keep(h);
}

/*
 * The kernel may have unmapped the `bytes` at `offset` before it refused to put
 * something there, and given them to somebody else: they are lost.
 */
static void give_up(struct huge *h, size_t offset, size_t bytes)
{
	size_t end = offset + bytes;

	if (offset != 0)
		os_release(h->base, offset);
	if (end != h->size)
		os_release(h->base + end, h->size - end);
	sub_relaxed(&stats_totals.huge_mapped, h->size);
	retention_purged(offset);
	spare_drop_seams(h, 0);
}

/* Moves `bytes` of a spare to an offset of `h`; false: see give_up(). */
static bool move_piece(struct huge *h, size_t offset, struct huge *from,
		       size_t bytes)
{
	if (os_move_onto(from->base, bytes, h->base + offset)) {
		shorten_front(from, bytes);
		return true;
	}
	store_relaxed(&cannot_move, true);
	drop(from);
	give_up(h, offset, bytes);
	return false;
}

bool spare_move_under(struct huge *h, size_t *moved)
{
	struct huge *from;

	*moved = 0;
	if (load_relaxed(&cannot_move))
		return true;
	while (*moved < h->size && may_add_seam(h) &&
	       (from = take_largest()) != NULL) {
		size_t bytes = min_size(from->size, h->size - *moved);

		if (!move_piece(h, *moved, from, bytes)) {
			*moved = 0;
			return false;
		}
		*moved += bytes;
		if (*moved < h->size)
			add_seam(h, *moved);
	}
	return true;
}

/* The oldest spare, or NULL. */
static struct huge *take_oldest(void)
{
	struct huge *h = NULL;

	lock_take(&huge_lock);
	if (spares != 0)
		h = remove_slot(0);
	lock_give(&huge_lock);
	return h;
}

size_t spare_evict(size_t bytes)
{
	size_t done = 0;
	struct huge *h;

	while (done < bytes && (h = take_oldest()) != NULL) {
		size_t rest = bytes - done;

		if (h->size > PIECE_MIN && h->size - PIECE_MIN > rest &&
		    may_cut())
			cut_off(h, align_up(rest, GRANULE_SIZE));
		done += drop(h);
	}
	return done;
}

void spare_fork(enum fork_step step)
{
	lock_fork(&huge_lock, step);
}
