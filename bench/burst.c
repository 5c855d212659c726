/* SPDX-License-Identifier: MIT */
/*
 * burst: how much memory is given back after a burst.
 *
 * Allocates MIB MiB in blocks of SIZE bytes and frees them all in the same
 * order.  Beside the usual line's rss_end_kb (afterwards) stand rss_start_kb
 * (before) and rss_full_kb (in between).  One op is one block's life.
 */
#include "common.h"

#include <stdio.h>
#include <unistd.h>

/* The blocks themselves are the list, so the harness adds no memory. */
struct link {
	struct link *next;
};

static struct link *allocate_all(uint64_t count, size_t size)
{
	struct link *first = NULL, **end = &first;

	for (uint64_t i = 0; i < count; i++) {
		*end = fresh(size);
		end = &(*end)->next;
	}
	*end = NULL;
	return first;
}

static void release_all(struct link *first)
{
	while (first) {
		struct link *next = first->next;

		release(first);
		first = next;
	}
}

static void run(const struct request *r, struct outcome *o)
{
	size_t size = r->values[1];
	long rss_start = memory_kb(getpid(), "\nRss:"), rss_full;
	struct stopwatch watch = stopwatch_start();
	struct link *first;

	o->ops = r->values[0] * MIB / size;
	first = allocate_all(o->ops, size);
	stopwatch_stop(watch, o);
	rss_full = memory_kb(getpid(), "\nRss:");
	watch = stopwatch_start();
	release_all(first);
	stopwatch_stop(watch, o);
	snprintf(o->extra, sizeof o->extra, " rss_start_kb=%ld rss_full_kb=%ld",
		 rss_start, rss_full);
}

const struct workload burst = {
	.name = "burst",
	.summary = "a block of a burst; all are made, then all freed",
	.params = {{"MIB", 1, 1 << 20, 64}, {"SIZE", sizeof(struct link), 4096, 64}},
	.scaled = NOT_SCALED,
	.run = run,
};
