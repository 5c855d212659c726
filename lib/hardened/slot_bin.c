/* SPDX-License-Identifier: MIT */
#include "hardened/slot_bin.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "os/hak_os_map_boundary.h"
#include "size_class/size_class.h"

/* Blocks wait until so many bytes of their bin were freed; at least, at most: */
#define DELAY_BYTES ((size_t)16 << 10)
#define DELAY_LEAST 2u
#define DELAY_MOST 128u

/* Empty spans of a bin that keep their pages. */
#define EMPTY_KEPT 4u

/* A new current span is one of the first so many of the list. */
#define CHOICE 4u

/* Bytes of a slot that are fetched ahead. */
#define PREFETCHED 512u
#define CACHE_LINE 64u

/* 4 words, of 64 slots each. */
#define WINDOW ((uint64_t)0xf)

/* ---- spans with room ------------------------------------------------------ */

static void link_partial(struct slot_bin *b, struct span *span)
{
	span->prev = NULL;
	span->next = b->partial;
	if (b->partial)
		b->partial->prev = span;
	b->partial = span;
}

static void unlink_partial(struct slot_bin *b, struct span *span)
{
	if (span->prev)
		span->prev->next = span->next;
	else
		b->partial = span->next;
	if (span->next)
		span->next->prev = span->prev;
	b->empty -= span->used == 0;
}

static size_t span_bytes(const struct slot_bin *b)
{
	return region_payload(size_class_table[b->id].granules);
}

/* On the list and empty: its pages go, when enough such have theirs. */
static void retire(struct slot_bin *b, struct span *span)
{
	if (++b->empty <= EMPTY_KEPT)
		return;
	if (!os_purge(span->base, span_bytes(b)))
		return;
	unlink_partial(b, span);
	span->next = b->purged;
	b->purged = span;
}

static struct span *take_partial(struct slot_bin *b)
{
	struct span *span = b->partial;
	unsigned steps = dice_below(dice_roll(&b->dice), CHOICE);

	for (; steps > 0 && span->next; steps--)
		span = span->next;
	unlink_partial(b, span);
	return span;
}

static struct span *take_fresh(struct slot_bin *b)
{
	struct span *span = b->purged;

	if (!span)
		return region_cut(b->id, b);
	b->purged = span->next;
	return span;
}

static bool delay_ready(struct slot_bin *b)
{
	size_t length = min_size(max_size(DELAY_BYTES / b->stride, DELAY_LEAST),
				 DELAY_MOST);

	return b->delay.mixed || delay_make(&b->delay, (uint32_t)length);
}

/* A span with a free slot, or NULL: no memory. */
static struct span *span_with_room(struct slot_bin *b)
{
	if (unlikely(!b->current || b->current->open == 0)) {
		if (!delay_ready(b))
			return NULL;
		b->current = b->partial ? take_partial(b) : take_fresh(b);
	}
	return b->current;
}

/* ---- slots ---------------------------------------------------------------- */

/* A set bit of the mask, from a random one on. */
static unsigned pick(uint64_t mask, unsigned turn)
{
	return (lowest_bit(mask >> (turn & 63) | mask << (-turn & 63)) + turn) & 63;
}

/*
 * A random free slot: one of the first WINDOW words that have any, so that neither a small heap nor the CPU's caches have to hold it all.
 */
static unsigned pick_slot(struct slot_bin *b, struct span *span)
{
	unsigned roll = dice_roll(&b->dice);
	unsigned first = lowest_bit(span->open);
	unsigned word = pick(span->open & WINDOW << first, roll);
	unsigned slot = word * 64 + pick(span->free[word], roll >> 6);

	return slot;
}

/*
 * Chosen one call ahead, so that it is in the CPU's caches by the time that it is
 * looked at: a random place seldom is by itself.
 */
static void make_ready(struct slot_bin *b)
{
	struct span *span = span_with_room(b);
	unsigned slot;
	const char *place;

	b->ready = span;
	if (unlikely(!span))
		return;
	b->ready_index = slot = pick_slot(b, span);
	clear_bit(span->free, slot);
	if (span->free[slot / 64] == 0)
		span->open &= ~((uint64_t)1 << slot / 64);
	span->used++;
	place = span->base + (size_t)slot * b->stride;
	for (size_t i = 0; i < b->stride && i < PREFETCHED; i += CACHE_LINE)
		__builtin_prefetch(place + i, 1);
	__builtin_prefetch(place + b->stride - 1, 1);
}

struct span *slot_bin_take(struct slot_bin *b, unsigned *index)
{
	struct span *span;

	if (unlikely(!b->ready))
		make_ready(b);
	span = b->ready;
	if (unlikely(!span))
		return NULL;
	*index = b->ready_index;
	set_bit(span->live, *index);
	count_relaxed(&b->live, 1u);
	make_ready(b);
	return span;
}

static ticket ticket_for(const struct span *span, unsigned index)
{
	return (uint64_t)(uintptr_t)span << 16 | index;
}

static struct span *ticket_span(ticket slot)
{
	return (struct span *)(uintptr_t)(slot >> 16);
}

/* A slot that has waited enough becomes free. */
static void release(struct slot_bin *b, ticket slot)
{
	struct span *span = ticket_span(slot);
	unsigned index = (uint16_t)slot;
	bool was_full = span->open == 0;

	set_bit(span->free, index);
	span->open |= (uint64_t)1 << index / 64;
	span->used--;
	if (span == b->current)
		return;
	if (was_full)
		link_partial(b, span);
	if (span->used == 0)
		retire(b, span);
}

void slot_bin_put(struct slot_bin *b, struct span *span, unsigned index)
{
	ticket out;

	clear_bit(span->live, index);
	count_relaxed(&b->live, (size_t)-1);
	out = delay_pass(&b->delay, ticket_for(span, index), dice_roll(&b->dice));
	if (out != 0)
		release(b, out);
}

void slot_bin_end_delay(struct slot_bin *b)
{
	for (uint32_t i = 0; b->delay.mixed && i < 2 * b->delay.length; i++) {
		ticket slot = b->delay.mixed[i];

		b->delay.mixed[i] = 0;
		if (slot != 0)
			release(b, slot);
	}
}

size_t slot_bin_purge(struct slot_bin *b)
{
	struct span *next;
	size_t done = 0;

	for (struct span *span = b->partial; span; span = next) {
		next = span->next;
		if (span->used != 0 || !os_purge(span->base, span_bytes(b)))
			continue;
		unlink_partial(b, span);
		span->next = b->purged;
		b->purged = span;
		done += span_bytes(b);
	}
	return done;
}
