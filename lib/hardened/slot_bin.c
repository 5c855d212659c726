/* SPDX-License-Identifier: MIT */
#include "hardened/slot_bin.h"

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

/* The bytes of it that are open. */
static size_t span_bytes(const struct slot_bin *b)
{
	return b->id == EMPTY_BIN ? 0 : region_payload(slot_class(b->id)->granules);
}

/* On the list and empty: its pages go, when enough such have theirs. */
static void retire(struct slot_bin *b, struct span *span)
{
	if (++b->empty <= EMPTY_KEPT)
		return;
	if (!os_purge(span_start(span), span_bytes(b)))
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
		return region_cut(b->id, b->clean, b, dice_roll(&b->dice));
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

/* A set bit of the mask: the first one from a random one on. */
static inline unsigned pick(uint64_t mask, unsigned turn)
{
	return (lowest_bit(mask >> (turn & 63) | mask << (-turn & 63)) + turn) & 63;
}

/*
 * A random free slot: one of the first WINDOW words that have any, so that
 * neither a small heap nor the CPU's caches have to hold it all.
 */
static inline unsigned pick_slot(struct span *span, unsigned roll)
{
	uint64_t window = span->open & WINDOW << lowest_bit(span->open);
	unsigned word = pick(window, roll);
	unsigned bit = pick(span->free[word], roll >> 6);
	uint64_t left = span->free[word] & ~((uint64_t)1 << bit);

	span->free[word] = left;
	if (unlikely(left == 0))
		span->open &= ~((uint64_t)1 << word);
	return word * 64 + bit;
}

/* Up to `want` of one span that has some. */
static unsigned take_of_span(struct slot_bin *b, struct span *span,
			     struct ready *out, unsigned want)
{
	unsigned count = 0;

	do {
		unsigned slot = pick_slot(span, dice_roll(&b->dice));

		out[count].slot = span->base + (size_t)slot * b->stride;
		out[count].record = &span->record[slot];
	} while (++count < want && span->open != 0);
	span->used += count;
	return count;
}

unsigned slot_bin_take(struct slot_bin *b, struct ready *out, unsigned want)
{
	unsigned count = 0;

	while (count < want) {
		struct span *span = span_with_room(b);

		if (unlikely(!span))
			break;
		count += take_of_span(b, span, out + count, want - count);
	}
	return count;
}

/* A slot of another span than the current one became free. */
static void list(struct slot_bin *b, struct span *span, bool was_full)
{
	if (was_full)
		link_partial(b, span);
	if (span->used == 0)
		retire(b, span);
}

/* A slot that has waited enough becomes free. */
static inline void release(struct slot_bin *b, ticket slot)
{
	struct span *span = ticket_span(slot);
	unsigned index = (uint16_t)slot;
	bool was_full = span->open == 0;

	span->free[index / 64] |= (uint64_t)1 << index % 64;
	span->open |= (uint64_t)1 << index / 64;
	span->used--;
	if (unlikely(was_full || span->used == 0) && span != b->current)
		list(b, span, was_full);
}

static inline void put(struct slot_bin *b, ticket slot)
{
	ticket out = delay_pass(&b->delay, slot, dice_roll(&b->dice));

	if (out != 0)
		release(b, out);
}

unsigned slot_bin_put_run(struct slot_bin *b, const ticket *slots, unsigned count)
{
	unsigned done = 0;

	do
		put(b, slots[done]);
	while (++done < count && ticket_span(slots[done])->bin == b);
	return done;
}

void slot_bin_put_back(struct slot_bin *b, ticket slot)
{
	release(b, slot);
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
		if (span->used != 0 || !os_purge(span_start(span), span_bytes(b)))
			continue;
		unlink_partial(b, span);
		span->next = b->purged;
		b->purged = span;
		done += span_bytes(b);
	}
	return done;
}
