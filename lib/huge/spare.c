/* SPDX-License-Identifier: MIT */
#include "huge/spare.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "debug_ring/debug_ring.h"
#include "meta/meta.h"
#include "os/hak_os_map_boundary.h"
#include "os/kept.h"
#include "registry/page_registry.h"
#include "retention/retention.h"
#include "size_class/size_class.h"
#include "stats/stats.h"

/* More mappings than this are not kept, however small. */
#define SLOTS 64u
/* A smaller rest stays with the block, as no other would fit. */
#define REST_MIN UNIT_SIZE
/* Fewer pages are not worth the system calls, and the seams, to move them. */
#define PIECE_MIN (UNIT_SIZE / 2)

static struct lock huge_lock = LOCK_INIT(LOCK_RANK_HUGE);
static struct mapping *descriptors;  /* under huge_lock */
static struct mapping *spare[SLOTS]; /* oldest first; under huge_lock */
static unsigned spares;		     /* under huge_lock */
/* The system refused to move pages; any thread, relaxed. */
static bool cannot_move;

struct mapping *spare_descriptor(void)
{
	struct mapping *m;

	lock_take(&huge_lock);
	m = descriptors;
	if (m)
		descriptors = m->next;
	lock_give(&huge_lock);
	return m ? m : meta_alloc(sizeof(*m));
}

/* Under huge_lock. */
static void give_descriptor(struct mapping *m)
{
	mapping_forget(m);
	m->next = descriptors;
	descriptors = m;
}

void spare_descriptor_give(struct mapping *m)
{
	lock_take(&huge_lock);
	give_descriptor(m);
	lock_give(&huge_lock);
}

/* NULL where there is none, as in SLOTS.  Under huge_lock. */
static struct mapping *remove_slot(unsigned slot)
{
	struct mapping *m;

	if (slot >= spares)
		return NULL;
	m = spare[slot];
	sub_relaxed(&stats_totals.huge_spare, m->size);
	spares--;
	for (; slot < spares; slot++)
		spare[slot] = spare[slot + 1];
	return m;
}

/* A spare that can be joined with `m`, or SLOTS.  Under huge_lock. */
static unsigned neighbour(const struct mapping *m)
{
	for (unsigned i = 0; i < spares; i++)
		if (mapping_may_join(spare[i], m) || mapping_may_join(m, spare[i]))
			return i;
	return SLOTS;
}

/* Joins what stands side by side.  Under huge_lock. */
static struct mapping *join_neighbours(struct mapping *m)
{
	struct mapping *s;

	while ((s = remove_slot(neighbour(m))) != NULL) {
		struct mapping *left = s->base < m->base ? s : m;
		struct mapping *right = s->base < m->base ? m : s;

		mapping_join(left, right);
		give_descriptor(right);
		m = left;
	}
	return m;
}

/* Returns the oldest when it had to leave for it, or NULL. */
static struct mapping *add(struct mapping *m)
{
	struct mapping *oldest = NULL;

	lock_take(&huge_lock);
	m = join_neighbours(m);
	if (spares == SLOTS)
		oldest = remove_slot(0);
	spare[spares++] = m;
	add_relaxed(&stats_totals.huge_spare, m->size);
	lock_give(&huge_lock);
	return oldest;
}

static void unmap(struct mapping *m)
{
	debug_ring_add(RING_UNMAP, (uintptr_t)m->base, m->size);
	sub_relaxed(&stats_totals.huge_mapped, m->size);
	os_release(m->base, m->size);
	spare_descriptor_give(m);
}

static size_t drop(struct mapping *m)
{
	size_t bytes = m->size;

	retention_purged(bytes);
	unmap(m);
	return bytes;
}

void spare_put(struct mapping *m)
{
	struct mapping *oldest = add(m);

	if (oldest)
		drop(oldest);
}

/* Not once the process has all the mappings that the system allows. */
static bool may_cut(void)
{
	return !kept_ever();
}

/* The bytes of `m` from `offset` on, or NULL: no memory for descriptors. */
static struct mapping *cut(struct mapping *m, size_t offset)
{
	struct mapping *rest = spare_descriptor();

	if (rest)
		mapping_cut(m, offset, rest);
	return rest;
}

bool spare_cut(struct mapping *m, size_t offset)
{
	struct mapping *rest = may_cut() ? cut(m, offset) : NULL;

	if (rest)
		spare_put(rest);
	return rest != NULL;
}

/* Of the spares that hold it the smallest; SLOTS: none does. */
static unsigned best_fit(size_t size, size_t alignment)
{
	unsigned best = SLOTS;

	for (unsigned i = 0; i < spares; i++)
		if (spare[i]->size >= size &&
		    is_aligned_to(spare[i]->base, alignment) &&
		    (best == SLOTS || spare[i]->size < spare[best]->size))
			best = i;
	return best;
}

struct mapping *spare_take(size_t size, size_t alignment)
{
	struct mapping *m;

	lock_take(&huge_lock);
	m = remove_slot(best_fit(size, alignment));
	lock_give(&huge_lock);
	if (m && m->size - size >= REST_MIN)
		spare_cut(m, size);
	return m;
}

/* The one that begins where `m` ends and lasts to `size`, or SLOTS. */
static unsigned behind(const struct mapping *m, size_t size)
{
	for (unsigned i = 0; i < spares; i++)
		if (mapping_may_join(m, spare[i]) &&
		    spare[i]->size >= size - m->size)
			return i;
	return SLOTS;
}

bool spare_extend(struct mapping *m, size_t size)
{
	struct mapping *more;

	lock_take(&huge_lock);
	more = remove_slot(behind(m, size));
	lock_give(&huge_lock);
	if (!more)
		return false;
	if (more->size - (size - m->size) >= REST_MIN)
		spare_cut(more, size - m->size);
	mapping_join(m, more);
	spare_descriptor_give(more);
	return true;
}

/* The one with the longest part; SLOTS: none has one worth moving. */
static unsigned longest(size_t *begin, size_t *bytes)
{
	unsigned best = SLOTS;

	*begin = 0;
	*bytes = PIECE_MIN - 1;
	for (unsigned i = 0; i < spares; i++) {
		size_t at, size = mapping_longest(spare[i], &at);

		if (size > *bytes) {
			best = i;
			*bytes = size;
			*begin = at;
		}
	}
	return best;
}

/* Not once the system has refused it. */
static bool may_move(void)
{
	return may_cut() && !load_relaxed(&cannot_move);
}

struct mapping *spare_take_longest(void)
{
	struct mapping *m, *rest;
	size_t begin, bytes;

	if (!may_move())
		return NULL;
	lock_take(&huge_lock);
	m = remove_slot(longest(&begin, &bytes));
	lock_give(&huge_lock);
	if (m && begin != 0) {
		rest = cut(m, begin);
		spare_put(m);
		m = rest;
	}
	if (m && m->size != bytes) {
		rest = cut(m, bytes);
		spare_put(rest ? rest : m);
		m = rest ? m : NULL;
	}
	return m;
}

/* The first `bytes` of a spare are gone. */
static void shorten_front(struct mapping *m, size_t bytes)
{
	sub_relaxed(&stats_totals.huge_mapped, bytes);
	if (bytes == m->size) {
		spare_descriptor_give(m);
		return;
	}
	mapping_drop_front(m, bytes);
	spare_put(m);
}

/*
 * The kernel may have unmapped the `bytes` at `offset` before it refused to put
 * something there, and given them to somebody else: they are lost.
 */
static void give_up(struct mapping *m, size_t offset, size_t bytes)
{
	size_t end = offset + bytes;

	if (offset != 0)
		os_release(m->base, offset);
	if (end != m->size)
		os_release(m->base + end, m->size - end);
	sub_relaxed(&stats_totals.huge_mapped, m->size);
	retention_purged(offset);
}

/* Moves `bytes` of a spare to an offset of `m`; false: see give_up(). */
static bool move_piece(struct mapping *m, size_t offset, struct mapping *from,
		       size_t bytes)
{
	if (os_move_onto(from->base, bytes, m->base + offset)) {
		shorten_front(from, bytes);
		mapping_begin_part(m, offset);
		mapping_begin_part(m, offset + bytes);
		return true;
	}
	store_relaxed(&cannot_move, true);
	drop(from);
	give_up(m, offset, bytes);
	return false;
}

bool spare_move_under(struct mapping *m, size_t *filled)
{
	struct mapping *from;

	while (m->size - *filled >= PIECE_MIN && mapping_may_add_seams(m) &&
	       (from = spare_take_longest()) != NULL) {
		size_t bytes = min_size(from->size, m->size - *filled);

		if (!move_piece(m, *filled, from, bytes))
			return false;
		*filled += bytes;
	}
	return true;
}

/* The oldest spare, or NULL. */
static struct mapping *take_oldest(void)
{
	struct mapping *m;

	lock_take(&huge_lock);
	m = remove_slot(0);
	lock_give(&huge_lock);
	return m;
}

size_t spare_evict(size_t bytes)
{
	size_t done = 0;
	struct mapping *m;

	while (done < bytes && (m = take_oldest()) != NULL) {
		size_t rest = bytes - done;

		if (m->size > PIECE_MIN && m->size - PIECE_MIN > rest)
			spare_cut(m, align_up(rest, GRANULE_SIZE));
		done += drop(m);
	}
	return done;
}

void spare_fork(enum fork_step step)
{
	lock_fork(&huge_lock, step);
}
