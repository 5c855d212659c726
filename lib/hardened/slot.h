/* SPDX-License-Identifier: MIT */
/*
 * hardened: one slot: its record, and what stands in it.
 *
 *   block | canary | bytes of which the last TAIL are zero, if there are so many
 *
 * The record is a word out of line: the size of the block in it, or of the last
 * one, + 1 (0: it never held any); whether it is live, or busy, which is between
 * free and live; and how often it was handed out.  Who takes a slot from a bin
 * makes it live; who frees it takes it from live to busy, which only one can,
 * and then to free.  So no lock is needed: a busy slot is one thread's alone.
 * Others look at the end of a live or free one, and look again at its record
 * before they believe what they saw.
 */
#ifndef HAK_SLOT_H
#define HAK_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "base/bits.h"
#include "base/lock.h"
#include "hardened/canary.h"

#define RECORD_SIZE 0xffffu /* the size + 1 */
#define RECORD_LIVE (1u << 16)
#define RECORD_BUSY (1u << 17)
#define RECORD_TURN (1u << 18) /* counts from here up */

/* A slot is looked at in steps of this. */
#define STEP 16u
/* So many bytes at the end of a free slot are zero. */
#define TAIL sizeof(uint64_t)
/* Up to here a loop is quicker than a call. */
#define WIPE_INLINE 512u

/* ---- the record ------------------------------------------------------------ */

/* What the block in it is, or was, asked for as. */
static inline size_t record_size(uint32_t record)
{
	return (record & RECORD_SIZE) == 0 ? 0 : (record & RECORD_SIZE) - 1;
}

static inline uint32_t record_resized(uint32_t record, size_t size)
{
	return (record & ~RECORD_SIZE) | (uint32_t)(size + 1);
}

/* From live to busy; *old: what it was.  False: it is not live. */
static inline bool record_claim(uint32_t *record, uint32_t *old)
{
	uint32_t busy;

	*old = load_acquire(record);
	busy = (*old & ~RECORD_LIVE) | RECORD_BUSY;
	if (unlikely(!(*old & RECORD_LIVE)))
		return false;
	if (!lock_is_alone())
		return cas_acquire(record, old, busy);
	store_relaxed(record, busy);
	return true;
}

/* The next one for a slot that is to be handed out: busy first, then live. */
static inline uint32_t record_next(uint32_t old, size_t size)
{
	return (old & ~(RECORD_TURN - 1)) + RECORD_TURN + (uint32_t)(size + 1);
}

/* ---- zeros ----------------------------------------------------------------- */

/*
 * Sizes are hard to predict, so there is at most one loop, and what it leaves is
 * done with pieces that overlap.
 */

/* As much as any CPU of ours looks at at once. */
typedef uint64_t piece __attribute__((vector_size(16), may_alias));

/* from: 16-byte aligned; size: a multiple of 16. */
static HAK_ALWAYS_INLINE bool is_zero(const void *from, size_t size)
{
	const piece *p = from, *end = p + size / sizeof(*p);
	piece seen;

	if (size >= 4 * sizeof(*p)) {
		seen = (end[-4] | end[-3]) | (end[-2] | end[-1]);
		for (; p < end - 4; p += 4)
			seen |= (p[0] | p[1]) | (p[2] | p[3]);
	} else {
		if (unlikely(size == 0))
			return true;
		seen = p[0] | p[size / sizeof(*p) / 2] | end[-1];
	}
	return (seen[0] | seen[1]) == 0;
}

/* Likewise. */
static HAK_ALWAYS_INLINE void make_zero(void *from, size_t size)
{
	piece *p = from, *end = p + size / sizeof(*p);
	const piece zero = {0, 0};

	if (size >= 4 * sizeof(*p)) {
		if (unlikely(size > WIPE_INLINE)) {
			memset(from, 0, size);
			return;
		}
		end[-4] = end[-3] = end[-2] = end[-1] = zero;
		for (; p < end - 4; p += 4)
			p[0] = p[1] = p[2] = p[3] = zero;
	} else if (likely(size != 0)) {
		p[0] = p[size / sizeof(*p) / 2] = end[-1] = zero;
	}
}

/* ---- what stands in it ----------------------------------------------------- */

typedef uint64_t loose_word __attribute__((may_alias, aligned(1)));

static HAK_ALWAYS_INLINE uint64_t word_at(const char *place)
{
	return *(const loose_word *)(const void *)place;
}

/*
 * What is wrong at the end of a slot, 0: nothing.  Live with a block of `size`:
 * its canary, and what lies behind that in the last bytes.  Free: the last bytes.
 * Which of the two it is cannot be predicted, so there is no branch.
 */
static HAK_ALWAYS_INLINE uint64_t end_damage(const char *slot, size_t stride,
					     size_t size, bool live)
{
	uint64_t mask = -(uint64_t)live;
	const char *tail = slot + stride - TAIL;
	size_t behind = stride - (size + CANARY_SIZE);
	/* Half of the bits in it that are the block's or its canary's. */
	unsigned shift = 4 * (unsigned)((TAIL - min_size(behind, TAIL)) & mask);
	const char *canary = live ? slot + size : tail;
	uint64_t word = word_at(tail);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return (word >> shift >> shift) | ((word_at(canary) ^ canary_value(slot)) & mask);
}

static HAK_ALWAYS_INLINE bool block_intact(const char *slot, size_t stride,
					   size_t size)
{
	return likely(end_damage(slot, stride, size, true) == 0);
}

/* The bytes of it that are zero while it is free and become a block of `size`. */
static inline size_t slot_front(size_t clean, size_t size)
{
	return min_size(clean, align_up(size + CANARY_SIZE, STEP));
}

/* While it was free nobody wrote to its front, nor to its end. */
static HAK_ALWAYS_INLINE bool slot_untouched(const char *slot, size_t stride,
					     size_t clean, size_t size)
{
	return is_zero(slot, slot_front(clean, size)) &&
	       word_at(slot + stride - TAIL) == 0;
}

/* A block of `size` was there. */
static HAK_ALWAYS_INLINE void slot_wipe(char *slot, size_t stride, size_t clean,
					size_t size)
{
	make_zero(slot, slot_front(clean, size));
	memset(slot + size, 0, CANARY_SIZE);
	memset(slot + stride - TAIL, 0, TAIL);
}

#endif /* HAK_SLOT_H */
