/* SPDX-License-Identifier: MIT */
/*
 * stats page: where another process finds the statistics of this one.
 *
 * hakmem-stat looks hak_stats_page up by its name, reads it with
 * process_vm_readv, and then what it points to.  Nothing here is ever written,
 * so it costs nothing; nothing is promised from one version to the next, and a
 * reader refuses a page whose first fields are not those of its own build.
 */
#ifndef HAK_STATS_PAGE_H
#define HAK_STATS_PAGE_H

#include "heap/heap.h"
#include "hakmem.h"
#include "os/hak_os_map_boundary.h"
#include "stats/stats.h"

#define STATS_PAGE_MAGIC "hakmem statistics"

/* What must be the same for reader and process. */
struct stats_layout {
	char magic[24];
	char version[16];
	uint32_t page, heap, totals; /* bytes */
	uint32_t bins, counters;     /* numbers */
	uint32_t header_classes;
};

#define STATS_LAYOUT                                                       \
	{                                                                  \
		.magic = STATS_PAGE_MAGIC, .version = HAKMEM_VERSION_STRING, \
		.page = sizeof(struct stats_page), .heap = sizeof(struct heap), \
		.totals = sizeof(struct totals), .bins = BIN_COUNT,        \
		.counters = COUNTER_COUNT,                                 \
		.header_classes = HAK_HEADER_CLASSES,                      \
	}

struct stats_page {
	struct stats_layout layout;
	struct heap *const *heaps; /* the head of their list */
	const struct totals *totals;
	const struct os_calls *calls;
};

extern HAK_EXPORT const struct stats_page hak_stats_page;

#endif /* HAK_STATS_PAGE_H */
