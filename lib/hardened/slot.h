/* SPDX-License-Identifier: MIT */
/*
 * hardened: one slot: its record, and what stands in it.
 *
 *   block | canary | bytes of which the last TAIL are zero, if there are so many
 *
 * One of 7 KiB and more, unless it has to be aligned, has its block at a shift:
 *
 *   bytes | guard | block | canary | bytes
 *
 * so that its canary begins at one of few places.  The guard is a canary too.
 *
 * The record is a word out of line: the size of the block in it, or of the last
 * one, + 1 (0: it never held any), and its shift; whether it is live, or busy, which
 * is between free and live; and how often it was handed out.  Who takes a slot from a bin
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
#include "hardened/finding.h"

#define RECORD_SIZE 0xffffu /* the size + 1 */
#define RECORD_LIVE (1u << 16)
#define RECORD_BUSY (1u << 17)
#define RECORD_SHIFT_LOW 18 /* in steps */
#define RECORD_SHIFT (63u << RECORD_SHIFT_LOW)
#define RECORD_TURN (1u << 24) /* counts from here up */

/* A slot is looked at in steps of this. */
#define STEP 16u
/* The canaries of shifted blocks stand so far apart, and in one cache line each. */
#define GRID ((size_t)512)
/* What the shift, the guard and the canary take beyond a multiple of GRID. */
#define SHIFTED_MORE (STEP + CANARY_SIZE)
/* So many bytes at the end of a free slot are zero. */
#define TAIL sizeof(uint64_t)
/* Slots of up to this are looked at, and wiped, from end to end. */
#define SLOT_SMALL 1024u
/* Up to here a loop is quicker than a call. */
#define WIPE_INLINE 512u

/* ---- the record ------------------------------------------------------------ */

/* What the block in it is, or was, asked for as. */
static inline size_t record_size(uint32_t record)
{
	return (record & RECORD_SIZE) == 0 ? 0 : (record & RECORD_SIZE) - 1;
}

/* The same of one that is live, or of which it does not matter. */
static inline size_t record_live_size(uint32_t record)
{
	return (size_t)(record & RECORD_SIZE) - 1;
}

/* Where in its slot the block is, or was. */
static inline size_t record_shift(uint32_t record)
{
	return (record & RECORD_SHIFT) >> RECORD_SHIFT_LOW << 4;
}

/* Can a block begin there?  To be asked before record_claim(). */
static inline bool shift_is_sound(size_t shift)
{
	return (shift & ~(size_t)(RECORD_SHIFT >> RECORD_SHIFT_LOW << 4)) == 0;
}

/* So that the end of a block is behind a multiple of GRID, by a STEP at most. */
static inline size_t shift_for(size_t size)
{
	return STEP + (-size & (GRID - 1) & -(size_t)STEP);
}

/*
 * From live to busy; *old: what it was.  False: it is not live, or not there.
 *
 * The caller then writes the bytes that a thread which frees the next block looks at.
 * That thread reads the bytes first and the record again after them, with an acquire
 * fence in between.  So no byte may be written before the record says busy.  An acquire
 * operation orders only the load half of the swap: on aarch64 its store half may come
 * after the bytes.  The release fence orders it.  On x86 no instruction comes of it.
 */
static inline bool record_claim(uint32_t *record, size_t shift, uint32_t *old)
{
	uint32_t wanted = RECORD_LIVE | (uint32_t)shift << (RECORD_SHIFT_LOW - 4);
	uint32_t busy;

	*old = load_acquire(record);
	busy = (*old & ~RECORD_LIVE) | RECORD_BUSY;
	if (unlikely((*old & (RECORD_LIVE | RECORD_SHIFT)) != wanted))
		return false;
	if (lock_is_alone())
		store_relaxed(record, busy);
	else if (!cas_acquire(record, old, busy))
		return false;
	release_fence();
	return true;
}

/* The next one for a slot that is to be handed out: busy first, then live. */
static inline uint32_t record_next(uint32_t old, size_t size, size_t shift)
{
	return (old & ~(RECORD_TURN - 1)) + RECORD_TURN + (uint32_t)(size + 1) +
	       ((uint32_t)shift << (RECORD_SHIFT_LOW - 4));
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

/* A word of memory as one whose lowest byte comes first, and back. */
static HAK_ALWAYS_INLINE uint64_t byte_order(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap64(word);
#else
	return word;
#endif
}

/*
 * The last word of a live slot: what of the canary behind a block of `size`, its
 * shift counted in, reaches into it, and zeros.  That of a free slot is 0.
 */
static HAK_ALWAYS_INLINE uint64_t live_tail(uint64_t canary, size_t stride, size_t size)
{
	size_t behind = stride - (size + CANARY_SIZE);
	/* Half of the bits of the canary that do not reach into it. */
	unsigned shift = 4 * (unsigned)min_size(behind, TAIL);

	return byte_order(byte_order(canary) >> shift >> shift);
}

static HAK_ALWAYS_INLINE bool block_intact(const char *slot, size_t stride,
					   size_t size)
{
	uint64_t canary = canary_value(slot);
	uint64_t damage = word_at(slot + size) ^ canary;

	damage |= word_at(slot + stride - TAIL) ^ live_tail(canary, stride, size);
	return likely(damage == 0);
}

/* What is wrong around a shifted block, of which the slot behind knows nothing. */
static HAK_ALWAYS_INLINE enum finding_kind shifted_damage(const char *block,
							  size_t shift, size_t size)
{
	uint64_t canary = canary_value(block - shift);

	if (unlikely(word_at(block + size) != canary))
		return FINDING_AFTER_END;
	if (unlikely(word_at(block - CANARY_SIZE) != canary))
		return FINDING_BEFORE_START;
	return FINDING_NONE;
}

/*
 * The end of a slot that may be live or free; which of the two cannot be
 * predicted, so there is no branch.  shift: that of its record, or 0 where
 * there are none.
 */
static HAK_ALWAYS_INLINE bool tail_intact(const char *slot, size_t stride,
					  uint32_t record, size_t shift)
{
	uint64_t live = -(uint64_t)((record & RECORD_LIVE) != 0);
	uint64_t tail = live_tail(canary_value(slot), stride,
				  shift + record_live_size(record));

	return likely(word_at(slot + stride - TAIL) == (tail & live));
}

/* The bytes of it that are zero while it is free and become a block of `size`. */
static inline size_t slot_front(size_t clean, size_t size)
{
	return min_size(clean, align_up(size + CANARY_SIZE, STEP));
}

/*
 * Before the first look at a slot that never held a block: as a write, which it
 * will see anyhow, so that the system gives it a page at once.  For a look it
 * gives one of zeros that all share, which it takes back at the first write, and
 * with it what each CPU of the process remembers of addresses.
 */
static HAK_ALWAYS_INLINE void slot_touch(char *slot)
{
	add_relaxed(slot, 0);
}

/*
 * A block of `size` was there, and is intact: behind its canary all is zero.
 * How much there is to do in a small slot the bin tells, long before the
 * record could: a loop that ends as nobody predicted costs less so.
 */
static HAK_ALWAYS_INLINE void slot_wipe_small(char *slot, size_t clean, size_t size)
{
	make_zero(slot, clean);
	memset(slot + size, 0, CANARY_SIZE);
}

static inline void slot_wipe(char *slot, size_t clean, size_t size)
{
	memset(slot, 0, slot_front(clean, size));
	memset(slot + size, 0, CANARY_SIZE);
}

#endif /* HAK_SLOT_H */
