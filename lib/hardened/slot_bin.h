/* SPDX-License-Identifier: MIT */
/*
 * hardened: one copy of one bin: its spans, which slot is next, and how long a
 * freed one waits.  All of it under the lock of the bin.
 */
#ifndef HAK_SLOT_BIN_H
#define HAK_SLOT_BIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/lock.h"
#include "hardened/delay.h"
#include "hardened/dice.h"
#include "hardened/region.h"

struct slot_bin {
	struct lock lock;
	uint32_t id; /* of the class table; constant, as are these two */
	uint32_t stride;
	uint32_t clean; /* bytes in front that are zero while a slot is free */
	uint32_t empty; /* spans on the list of which no slot is in use */
	size_t live;	/* slots handed out; written under lock, read relaxed */
	struct span *ready; /* of the next slot to hand out, or NULL */
	uint32_t ready_index;
	struct span *current;
	struct span *partial; /* others with a free slot, doubly linked */
	struct span *purged;  /* empty ones without pages, linked through next */
	struct delay delay;
	struct dice dice;
} HAK_CACHE_ALIGNED;

static inline bool has_bit(const uint64_t *bits, unsigned slot)
{
	return bits[slot / 64] >> slot % 64 & 1;
}

static inline void set_bit(uint64_t *bits, unsigned slot)
{
	bits[slot / 64] |= (uint64_t)1 << slot % 64;
}

static inline void clear_bit(uint64_t *bits, unsigned slot)
{
	bits[slot / 64] &= ~((uint64_t)1 << slot % 64);
}

/*
 * A random free slot becomes live: its span, and its index there.  NULL: no
 * memory.
 */
HAK_HIDDEN struct span *slot_bin_take(struct slot_bin *b, unsigned *index);

/* A live slot is freed, and waits. */
HAK_HIDDEN void slot_bin_put(struct slot_bin *b, struct span *span,
			     unsigned index);

/* There is no memory: what waits may be used again at once. */
HAK_HIDDEN void slot_bin_end_delay(struct slot_bin *b);

/* Gives the pages of empty spans back.  Returns the bytes. */
HAK_HIDDEN size_t slot_bin_purge(struct slot_bin *b);

#endif /* HAK_SLOT_BIN_H */
