/* SPDX-License-Identifier: MIT */
/*
 * hardened: what all bins of a size have in common, and which bin a size has.
 *
 * Set once by slot_kind_start(), before threads; constant from then on.
 */
#ifndef HAK_SLOT_KIND_H
#define HAK_SLOT_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "hardened/canary.h"
#include "hardened/region.h"
#include "hardened/slot.h"
#include "size_class/size_class.h"

/* Blocks beyond this are shifted, and those beyond that are not in slots. */
#define PLAIN_MAX ((size_t)7168 - CANARY_SIZE)
#ifdef HAK_POOL_TLS
#define SLOTS_MAX ((size_t)CACHED_MAX)
#else
#define SLOTS_MAX PLAIN_MAX
#endif

/* What is zero in front of a free slot that is not zero from end to end, by default. */
#define CLEAN_FRONT 128u
/* What is wiped for a shifted block then: that, and its guard. */
#define SHIFTED_FRONT (STEP + CLEAN_FRONT)

struct kind {
	uint32_t stride;
	uint32_t clean; /* bytes in front that are zero while a slot is free */
	uint32_t ahead; /* of those, what is looked at when it leaves its bin */
	uint16_t most;	/* slots in a magazine, and as many freed ones */
	bool shifted;	/* blocks in it stand at a shift, if not aligned */
};

extern HAK_HIDDEN struct kind kinds[SLOT_BINS];
extern HAK_HIDDEN struct size_map slot_map;
extern HAK_HIDDEN uint8_t slot_shifted_map[SLOTS_MAX / GRID + 1]; /* by multiples of GRID */

HAK_HIDDEN void slot_kind_start(void);

/* pre: 0 < size <= SLOTS_MAX. */
static inline unsigned slot_kind_of(size_t size)
{
	/* More than 8 bytes, so that the alignment is 16. */
	size_t whole = size + CANARY_SIZE;

	if (likely(whole <= TINY_MAX))
		return slot_map.tiny[(whole + TINY_STEP - 1) / TINY_STEP];
	if (size <= PLAIN_MAX)
		return slot_map.mid[(whole + MID_STEP - 1) / MID_STEP];
	return slot_shifted_map[(size + GRID - 1) / GRID];
}

/* The shift of a block that nobody wants aligned. */
static inline size_t slot_kind_shift(size_t size)
{
	return size > PLAIN_MAX ? shift_for(size) : 0;
}

#endif /* HAK_SLOT_KIND_H */
