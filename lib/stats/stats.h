/* SPDX-License-Identifier: MIT */
/*
 * stats: counters, from one table (counters.def), and totals.
 *
 * Each heap owns one struct counters.  Written by whoever holds that heap's
 * lock, with count_relaxed(); read by anyone, relaxed: each number is exact at
 * some moment, not all at the same one.
 */
#ifndef HAK_STATS_BOX_H
#define HAK_STATS_BOX_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"

enum counter {
#define COUNTER(name, unit, text) COUNTER_##name,
#include "stats/counters.def"
#undef COUNTER
	COUNTER_COUNT
};

struct counters {
	uint64_t value[COUNTER_COUNT];
};

/*
 * Sums of the process, bytes unless said otherwise.  Each is written by the one box that is named;
 * read by anyone, relaxed, and by hakmem-stat from outside.
 */
struct totals {
	size_t live;	      /* retention: in use */
	size_t idle;	      /* retention: free and perhaps resident */
	uint64_t purged;      /* retention: given back so far */
	size_t large;	      /* large: in blocks */
	uint64_t huge_mapped; /* huge: in mappings */
	uint64_t huge_spare;  /* huge: of these, in the cache */
	uint64_t arena;	      /* arena: in chunks */
	uint64_t meta;	      /* meta: handed out */
	uint64_t registry;    /* registry: in leaves */
	uint64_t chunks;      /* arena: number mapped so far */
	uint64_t leaves;      /* registry: number */
	uint64_t disabled;    /* libc: 1 when HAKMEM_DISABLE holds */
	uint64_t hardened;    /* hardened: in spans and mappings */
};
extern HAK_HIDDEN struct totals stats_totals;

struct counter_row {
	const char *name;
	const char *unit;
	const char *text;
};

extern HAK_HIDDEN const struct counter_row counter_rows[COUNTER_COUNT];

static inline void counters_add(struct counters *c, enum counter counter,
				uint64_t amount)
{
	count_relaxed(&c->value[counter], amount);
}

/* into += from */
HAK_HIDDEN void counters_sum(struct counters *into, const struct counters *from);

#endif /* HAK_STATS_BOX_H */
