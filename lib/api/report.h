/* SPDX-License-Identifier: MIT */
/* report: one snapshot of all numbers, for every way of showing them. */
#ifndef HAK_REPORT_H
#define HAK_REPORT_H

#include <stdint.h>

#include "api/request.h"
#include "hakmem.h"
#include "heap/heap.h"
#include "profile/sites.h"
#include "size_class/size_class.h"
#include "stats/stats.h"

/* What is known of one bin, over all heaps: numbers. */
struct report_bin {
	uint64_t out;	  /* blocks out of slabs, = live + spare */
	uint64_t spare;	  /* blocks in caches, SLLs, inboxes and outboxes */
	uint64_t live;	  /* blocks that the program holds */
	uint64_t slabs;
	uint64_t in_slabs; /* free blocks in slabs */
	uint64_t refills; /* P0 batches */
	uint64_t hits;	  /* blocks that a cache had (HAKMEM_TINY_FAST_STATS) */
};

/* The fields of figures.def, the counters, and the bins. */
struct report {
#define FIGURE(name, ...) uint64_t name;
#include "api/figures.def"
#undef FIGURE
	struct counters counters;
	struct report_bin bin[BIN_COUNT];
};

/* Takes no lock and does not allocate: each number is exact by itself. */
HAK_HIDDEN void report_take(struct report *r);

/*
 * The same for another process: every heap, a copy of it, and then the totals.
 * pre: *r is zero.
 */
HAK_HIDDEN void report_add_heap(struct report *r, const struct heap *heap);
HAK_HIDDEN void report_finish(struct report *r, const struct totals *t);

/*
 * Where another process finds what these two need: hakmem-stat looks hak_stats_page up by
 * its name, and reads it and what it points to.  It writes the request alone (request.h),
 * and refuses a page whose layout is not that of its own build.
 */
struct stats_layout {
	char magic[24];
	char version[16];
	uint32_t page, heap, totals; /* bytes */
	uint32_t bins, counters;     /* numbers */
	uint32_t header_classes;
	uint32_t requests; /* REQUEST_VERSION */
};

#define STATS_LAYOUT                                                       \
	{                                                                  \
		.magic = "hakmem statistics", .version = HAKMEM_VERSION_STRING, \
		.page = sizeof(struct stats_page), .heap = sizeof(struct heap), \
		.totals = sizeof(struct totals), .bins = BIN_COUNT,        \
		.counters = COUNTER_COUNT,                                 \
		.header_classes = HAK_HEADER_CLASSES,                      \
		.requests = REQUEST_VERSION,                               \
	}

struct stats_page {
	struct stats_layout layout;
	struct heap *const *heaps; /* the head of their list */
	const struct totals *totals;
	struct request *request;
	struct site *const *sites; /* the head of their list (HAKMEM_PROFILE) */
};

extern HAK_EXPORT const struct stats_page hak_stats_page;

/* See hak_stats_print(). */
HAK_HIDDEN int report_print(const struct report *r,
			    void (*write)(void *arg, const char *text), void *arg,
			    unsigned format);

#endif /* HAK_REPORT_H */
