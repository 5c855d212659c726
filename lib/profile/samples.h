/* SPDX-License-Identifier: MIT */
/*
 * samples: the sampled blocks that live, by address.
 *
 * Two tables.  The filter is read at every free, without a lock: a slot has the number
 * of blocks that fall on it, and their fingerprints combined by exclusive or.  So the
 * fingerprint of a slot with one block is compared, and few other blocks pass.  Behind it
 * is the table of the blocks, for whoever holds the lock of profile.c.
 */
#ifndef HAK_SAMPLES_H
#define HAK_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "profile/sites.h"

struct sample {
	const void *block; /* NULL: the place is free */
	struct site *site; /* NULL: it is in no profile */
	struct site_sum sum; /* what the block counts in it */
};

#define FILTER_COUNT 0xFFu /* the rest of a slot are fingerprints */

struct filter {
	uint64_t mask;	 /* the number of slots, a power of two, minus one; constant */
	uint32_t slot[]; /* written under the lock, read relaxed */
};

/* Never NULL.  Written release, read acquire. */
extern HAK_HIDDEN struct filter *samples_filter;

static HAK_ALWAYS_INLINE uint64_t samples_hash(const void *block)
{
	return (uintptr_t)block * 0x9E3779B97F4A7C15ull;
}

/* The upper half of the hash is the number of the slot, the lower one the fingerprint. */
static HAK_ALWAYS_INLINE size_t samples_slot(const struct filter *f, uint64_t hash)
{
	return hash >> 32 & f->mask;
}

static inline uint32_t samples_fingerprint(uint64_t hash)
{
	return (uint32_t)hash & ~FILTER_COUNT;
}

/*
 * False: the block is no sample.  Exact for who may free the block: it was handed over
 * after the slot was written.
 */
static HAK_ALWAYS_INLINE bool samples_may_have(const void *block)
{
	const struct filter *f = load_acquire(&samples_filter);
	uint64_t hash = samples_hash(block);
	uint32_t slot;

	if (likely(load_folded(&f->slot[samples_slot(f, hash)]) == 0))
		return false;
	slot = load_relaxed(&f->slot[samples_slot(f, hash)]);
	return (slot & FILTER_COUNT) != 1 ||
	       (slot & ~FILTER_COUNT) == samples_fingerprint(hash);
}

/* ---- under the lock of profile.c ---- */

/* Takes the sample of a block out; false: there is none. */
HAK_HIDDEN bool samples_take(const void *block, struct sample *out);
/* pre: there is none of that block.  False: no memory. */
HAK_HIDDEN bool samples_put(const struct sample *s);
/* Its places, of which some are free; NULL: there is none. */
HAK_HIDDEN const struct sample *samples_table(size_t *places);
/* Forgets all. */
HAK_HIDDEN void samples_reset(void);
/* From now on they are in no profile. */
HAK_HIDDEN void samples_forget_sites(void);

#endif /* HAK_SAMPLES_H */
