/* SPDX-License-Identifier: MIT */
/*
 * stats: counters, from one table (counters.def), and totals.
 *
 * Each heap owns one struct counters.  The holder of the lock of the heap writes it, with
 * count_relaxed(); any thread may read it, relaxed.  Each number is exact at some moment,
 * but not all at the same moment.
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
 * Sums of the process, in bytes unless said otherwise.  Only the box that is named writes
 * a sum.  Any thread may read it, relaxed; hakmem-stat reads it from another process.
 */
struct totals {
	size_t live;	      /* retention: in use */
	size_t idle;	      /* retention: free and perhaps resident */
	uint64_t purged;      /* retention: given back to the system so far */
	size_t large;	      /* large: in Large blocks */
	uint64_t huge_mapped; /* huge: in mappings */
	uint64_t huge_spare;  /* huge: in mappings in the cache */
	uint64_t huge_blocks; /* huge: number in use */
	uint64_t arena;	      /* arena: in chunks */
	uint64_t meta;	      /* meta: descriptors */
	uint64_t registry;    /* registry: in leaves */
	uint64_t chunks;      /* arena: number mapped so far */
	uint64_t leaves;      /* registry: number of leaves */
	uint64_t disabled;    /* libc: 1 when HAKMEM_DISABLE holds */
	uint64_t hardened;    /* hardened: in spans and mappings */
	uint64_t profile_samples; /* profile: number of samples taken so far */
	uint64_t profile_live;	  /* profile: number of them that are not freed */
	uint64_t profile_mean;	  /* profile: bytes between samples, 0: none is on */
	uint64_t profile_sites;	  /* profile: number of different stacks */
	uint64_t profile_lost;	  /* profile: number of samples that no memory was left for */
	uint64_t profile_bytes;	  /* profile: estimate of what is in use */
	/* os: numbers of system calls so far */
	uint64_t mmap, munmap, mremap, madvise, mprotect;
};
extern HAK_HIDDEN struct totals stats_totals;

static inline void counters_add(struct counters *c, enum counter counter,
				uint64_t amount)
{
	count_relaxed(&c->value[counter], amount);
}

#endif /* HAK_STATS_BOX_H */
