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

/* A slot that was taken out. */
struct ready {
	char *slot;
	uint32_t *record;
};

struct slot_bin {
	struct lock lock;
	uint32_t id; /* of the class table, or EMPTY_BIN; constant, as are these two */
	uint32_t stride;
	uint32_t clean; /* bytes in front that are zero while a slot is free */
	uint32_t empty; /* spans on the list of which no slot is used */
	struct span *current;
	struct span *partial; /* others with a free slot, doubly linked */
	struct span *purged;  /* empty ones without pages, linked through next */
	struct delay delay;
	struct dice dice;
} HAK_CACHE_ALIGNED;

/*
 * Takes up to `want` random free slots out, into `out`.  Returns their number; 0:
 * no memory.  Under the bin's lock, as are all below.
 */
HAK_HIDDEN unsigned slot_bin_take(struct slot_bin *b, struct ready *out,
				  unsigned want);

/*
 * Freed slots, which wait from now on: the first one, which is of this bin, and those
 * after it as long as they are.  Returns their number.
 */
HAK_HIDDEN unsigned slot_bin_put_run(struct slot_bin *b, const ticket *slots,
				     unsigned count);

/* One that was taken and not handed out. */
HAK_HIDDEN void slot_bin_put_back(struct slot_bin *b, ticket slot);

/* There is no memory: what waits may be used again at once. */
HAK_HIDDEN void slot_bin_end_delay(struct slot_bin *b);

/* Gives the pages of empty spans back.  Returns the bytes. */
HAK_HIDDEN size_t slot_bin_purge(struct slot_bin *b);

#endif /* HAK_SLOT_BIN_H */
