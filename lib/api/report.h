/* SPDX-License-Identifier: MIT */
/* report: one snapshot of all numbers, for every way of showing them. */
#ifndef HAK_REPORT_H
#define HAK_REPORT_H

#include <stdint.h>

#include "heap/heap.h"
#include "os/hak_os_map_boundary.h"
#include "size_class/size_class.h"
#include "stats/stats.h"

/* Bytes unless said otherwise; see hak_stats_t for the meaning. */
struct report {
	uint64_t mapped, active, allocated, retained, metadata, purged;
	uint64_t heaps, heaps_live;		/* numbers */
	uint64_t mmap, munmap, mremap, madvise; /* system calls */
	struct counters counters;
	uint64_t out[BIN_COUNT];   /* blocks out of slabs, = live + spare */
	uint64_t spare[BIN_COUNT]; /* blocks in caches, SLLs and inboxes */
	uint64_t live[BIN_COUNT];  /* blocks that the program holds */
};

/* Takes no lock and does not allocate: each number is exact by itself. */
HAK_HIDDEN void report_take(struct report *r);

/*
 * The same for another process: every heap, a copy of it, and then the totals.
 * pre: *r is zero.
 */
HAK_HIDDEN void report_add_heap(struct report *r, const struct heap *heap);
HAK_HIDDEN void report_finish(struct report *r, const struct totals *t,
			      const struct os_calls *calls);

/* See hak_stats_print(). */
HAK_HIDDEN int report_print(const struct report *r,
			    void (*write)(void *arg, const char *text), void *arg,
			    unsigned format);

#endif /* HAK_REPORT_H */
