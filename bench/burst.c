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

int main(int argc, char **argv)
{
	struct args a = args_open(argc, argv, "MIB [SIZE]");
	uint64_t mib = args_number(&a, "MIB", 1, 1 << 20);
	size_t size = args_optional(&a, "SIZE", 64, sizeof(struct link), 4096);
	uint64_t count = mib * MIB / size;
	long rss_start, rss_full;
	struct link *first;
	double start, spent;
	char extra[96];

	args_close(&a);
	rss_start = memory_kb(getpid(), "\nRss:");
	start = now_seconds();
	first = allocate_all(count, size);
	spent = now_seconds() - start;
	rss_full = memory_kb(getpid(), "\nRss:");
	start = now_seconds();
	release_all(first);
	spent += now_seconds() - start;
	snprintf(extra, sizeof extra, " rss_start_kb=%ld rss_full_kb=%ld",
		 rss_start, rss_full);
	report(count, spent, extra);
	return 0;
}
