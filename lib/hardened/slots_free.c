/* SPDX-License-Identifier: MIT */
/* slots: blocks that were handed out: what is asked of them, and how they end. */
#include "hardened/slots.h"

#include <string.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "hardened/locker.h"
#include "hardened/slot.h"
#include "hardened/slot_bin.h"
#include "hardened/slot_kind.h"

/* How often a look at a slot that another thread is changing is repeated. */
#define LOOKS 100

/* ---- where it is ----------------------------------------------------------- */

/*
 * The span, *index and *shift of an address; NULL: no block can begin there.
 * Constant data alone.
 */
static HAK_ALWAYS_INLINE struct span *place_find(const void *address, unsigned *index,
						 size_t *shift)
{
	struct span *span = region_span(address);
	size_t offset = (size_t)((const char *)address - span->base);

	*index = (unsigned)(offset * span->inverse >> 40);
	*shift = offset - (size_t)*index * span->stride;
	if (unlikely(*index >= span->capacity || !shift_is_sound(*shift)))
		return NULL;
	return span;
}

/* ---- what is wrong ---------------------------------------------------------- */

/* Why a record could not be claimed. */
static HAK_COLD enum finding_kind dead_kind(uint32_t record, size_t shift)
{
	if (record_shift(record) != shift)
		return FINDING_INSIDE;
	return record & RECORD_SIZE ? FINDING_FREED : FINDING_NEVER;
}

/* The slot before, as long as it changes hands. */
static HAK_NOINLINE HAK_RACY bool neighbour_intact(const struct span *span,
						   const char *slot, unsigned index)
{
	const uint32_t *record = &span->record[index] - 1;

	for (int i = 0; i < LOOKS; i++) {
		uint32_t seen = load_acquire(record);

		if (unlikely(seen & RECORD_BUSY)) {
			cpu_pause();
			continue;
		}
		if (likely(tail_intact(slot - span->stride, span->stride, seen,
				       record_shift(seen))))
			return true;
		acquire_fence();
		if (load_relaxed(record) == seen)
			return false;
	}
	return true;
}

/* What stands before the first slot, if that is open, is nobody's. */
static bool gap_intact(const struct span *span)
{
	return span->base == span_start(span) || word_at(span->base - TAIL) == 0;
}

/* An underflow shows in the slot before.  `small`: nothing is shifted there. */
static HAK_RACY_INLINE bool start_intact(const struct span *span,
					 const char *slot, unsigned index,
					 bool small)
{
	uint32_t seen;

	if (unlikely(index == 0))
		return small || gap_intact(span);
	seen = load_acquire(&span->record[index] - 1);
	if (likely(!(seen & RECORD_BUSY)) &&
	    likely(tail_intact(slot - span->stride, span->stride, seen,
			       small ? 0 : record_shift(seen))))
		return true;
	return neighbour_intact(span, slot, index);
}

static HAK_ALWAYS_INLINE enum finding_kind damage(const struct span *span, size_t shift,
						  const char *block, size_t size)
{
	if (shift != 0)
		return shifted_damage(block, shift, size);
	return block_intact(block, span->stride, size) ? FINDING_NONE :
							 FINDING_AFTER_END;
}

/* The slot of a block becomes busy, if it is live and nothing was written behind it. */
static HAK_ALWAYS_INLINE enum finding_kind claim(const struct span *span, unsigned index,
						 size_t shift, char *block,
						 bool closed, uint32_t *old)
{
	enum finding_kind kind;

	if (unlikely(!record_claim(&span->record[index], shift, old)))
		return dead_kind(*old, shift);
	if (unlikely(closed))
		return FINDING_NONE;
	kind = damage(span, shift, block, record_live_size(*old));
	if (unlikely(kind != FINDING_NONE))
		store_release(&span->record[index], *old);
	return kind;
}

/* ---- free ------------------------------------------------------------------ */

static inline void wipe(const struct kind *k, char *block, size_t shift, size_t size)
{
	if (k == &kinds[EMPTY_BIN])
		return;
	if (shift == 0)
		slot_wipe(block, k->clean, size);
	else if (likely(k->clean == CLEAN_FRONT))
		make_zero(block - STEP, SHIFTED_FRONT);
	else
		memset(block - STEP, 0, STEP + slot_front(k->clean, size));
	if (shift != 0)
		memset(block + size, 0, CANARY_SIZE);
}

/*
 * The block leaves its slot, which is wiped, unless there is something to be found.
 * `small`: the slot is one that is looked at when it is drawn, and wiped whole.
 */
static HAK_ALWAYS_INLINE enum finding_kind vacate(const struct span *span, unsigned bin,
						  unsigned index, size_t shift,
						  char *block, bool small)
{
	bool closed = !small && span_is_closed(span);
	enum finding_kind kind;
	uint32_t old;

	kind = claim(span, index, shift, block, closed, &old);
	if (unlikely(kind != FINDING_NONE))
		return kind;
	if (shift == 0 && !closed &&
	    unlikely(!start_intact(span, block, index, small))) {
		store_release(&span->record[index], old);
		return FINDING_BEFORE_START;
	}
	if (small)
		slot_wipe_small(block, kinds[bin].clean, record_live_size(old));
	else
		wipe(&kinds[bin], block, shift, record_size(old));
	store_release(&span->record[index], old & ~RECORD_LIVE);
	return FINDING_NONE;
}

static HAK_COLD void put_without(unsigned bin, ticket slot)
{
	struct slot_bin *b = ticket_span(slot)->bin;

	locker_count(NULL, -(size_t)kinds[bin].stride);
	lock_take(&b->lock);
	slot_bin_put_run(b, &slot, 1);
	lock_give(&b->lock);
}

/* A slot leaves the program's hands. */
static inline void put(struct locker *l, unsigned bin, ticket slot)
{
	struct magazine *m = &l->magazine[bin];

	locker_count(l, -(size_t)kinds[bin].stride);
	if (unlikely(m->freed_count == kinds[bin].most))
		locker_empty_freed(m);
	m->freed[m->freed_count++] = slot;
}

static HAK_COLD void tell_free(enum finding_kind kind, const struct span *span,
			       unsigned index, const void *block)
{
	struct finding f;

	finding_make(&f, kind, block,
		     span ? record_size(load_relaxed(&span->record[index])) : 0);
	finding_none(&f, "free()");
}

static HAK_NOINLINE void free_otherwise(struct span *span, unsigned bin, unsigned index,
					size_t shift, void *block)
{
	struct locker *l = locker_use();
	enum finding_kind kind;

	critical_enter();
	kind = vacate(span, bin, index, shift, block, false);
	if (unlikely(kind != FINDING_NONE))
		;
	else if (likely(l != NULL))
		put(l, bin, ticket_for(span, index));
	else
		put_without(bin, ticket_for(span, index));
	critical_leave();
	if (unlikely(kind != FINDING_NONE))
		tell_free(kind, span, index, block);
}

void slots_free(void *block, unsigned bin)
{
	struct locker *l = locker_own();
	enum finding_kind kind;
	unsigned index;
	size_t shift;
	struct span *span = place_find(block, &index, &shift);

	if (unlikely(!span)) {
		tell_free(FINDING_INSIDE, NULL, 0, block);
		return;
	}
	if (unlikely(kinds[bin].ahead == 0) || unlikely(!l || critical_depth != 0)) {
		free_otherwise(span, bin, index, shift, block);
		return;
	}
	critical_enter();
	if (unlikely(shift != 0))
		kind = FINDING_INSIDE;
	else
		kind = vacate(span, bin, index, 0, block, true);
	if (likely(kind == FINDING_NONE))
		put(l, bin, ticket_for(span, index));
	critical_leave();
	if (unlikely(kind != FINDING_NONE))
		tell_free(kind, span, index, block);
}

/* ---- realloc and malloc_usable_size -------------------------------------- */

void slots_look(const void *block, struct finding *f)
{
	unsigned index;
	size_t shift;
	const struct span *span = place_find(block, &index, &shift);
	uint32_t record;

	if (!span) {
		finding_make(f, FINDING_INSIDE, block, 0);
		return;
	}
	record = load_acquire(&span->record[index]);
	finding_make(f, FINDING_NONE, block, record_size(record));
	if (!(record & RECORD_LIVE) || record_shift(record) != shift)
		f->kind = dead_kind(record, shift);
	else if (!span_is_closed(span))
		f->kind = damage(span, shift, block, f->size);
}

size_t slots_peek(const void *block)
{
	unsigned index;
	size_t shift;
	const struct span *span = place_find(block, &index, &shift);

	return span ? record_size(load_relaxed(&span->record[index])) : 0;
}

/* Bytes that leave the block, and its canary, are zero again. */
static void move_end(const struct span *span, char *block, size_t shift, size_t old,
		     size_t size)
{
	if (size < old)
		memset(block + size, 0,
		       min_size(old, max_size(span->clean, size)) - size);
	memset(block + old, 0, CANARY_SIZE);
	canary_write(block + size, canary_value(block - shift));
}

/* A shifted block stays where it is, so that its end is no more at a multiple of GRID. */
static bool has_room(const struct span *span, size_t shift, size_t size)
{
	return slots_bin(size, 1) == span->id &&
	       shift + size + CANARY_SIZE <= span->stride;
}

bool slots_resize(void *block, size_t size, struct finding *f)
{
	unsigned index;
	size_t shift;
	const struct span *span = place_find(block, &index, &shift);
	enum finding_kind kind;
	uint32_t old;

	f->kind = FINDING_NONE;
	if (!span || !has_room(span, shift, size))
		return false;
	critical_enter();
	kind = claim(span, index, shift, block, span_is_closed(span), &old);
	finding_make(f, kind, block, record_size(old));
	if (kind == FINDING_NONE) {
		move_end(span, block, shift, record_size(old), size);
		store_release(&span->record[index],
			      record_next(old, size, shift) | RECORD_LIVE);
	}
	critical_leave();
	return kind == FINDING_NONE;
}
