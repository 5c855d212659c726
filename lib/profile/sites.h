/* SPDX-License-Identifier: MIT */
/*
 * sites: each stack of calls that a sample came from, once, with its sums.
 *
 * Sites are never freed, and stand on a list that only grows.  So a reader walks it
 * without a lock.  Sums are written under the lock of profile.c, relaxed.
 */
#ifndef HAK_SITES_H
#define HAK_SITES_H

#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"

/* Calls of a stack that are kept, from the innermost outwards. */
#define SITE_DEPTH 64u

/* Objects are counted in parts of so many. */
#define SITE_OBJECT_SHIFT 16

/* What samples stand for: estimates of what all allocations have. */
struct site_sum {
	uint64_t objects; /* in 2^-SITE_OBJECT_SHIFT */
	uint64_t bytes;
};

struct site {
	struct site *next;  /* of the list; constant */
	struct site *chain; /* with the same hash bucket; constant */
	uint64_t hash;	    /* constant, as are depth and pc */
	struct site_sum total;	 /* allocated since the profile began */
	struct site_sum live;	 /* of these, not freed yet */
	uint32_t depth;
	uintptr_t pc[]; /* addresses inside the call instructions, innermost first */
};

/* The site of a stack, made if need be; NULL: no memory. */
HAK_HIDDEN struct site *sites_find(const uintptr_t *pc, unsigned depth);
/* The head of the list.  Written release, read acquire: any thread. */
extern HAK_HIDDEN struct site *sites_first;
/* Sets all sums to 0. */
HAK_HIDDEN void sites_reset(void);

static inline void site_sum_add(struct site_sum *sum, struct site_sum by)
{
	count_relaxed(&sum->objects, by.objects);
	count_relaxed(&sum->bytes, by.bytes);
}

static inline void site_sum_subtract(struct site_sum *sum, struct site_sum by)
{
	count_relaxed(&sum->objects, -by.objects);
	count_relaxed(&sum->bytes, -by.bytes);
}

#endif /* HAK_SITES_H */
