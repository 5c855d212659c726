/* SPDX-License-Identifier: MIT */
/*
 * calloc_large: large zeroed blocks, each page of them looked at and written.
 *
 * What an allocator can save is clearing what the kernel just cleared.
 */
#include "common.h"

#include <unistd.h>

#define SLOTS 4

static void run(const struct request *r, struct outcome *o)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *slot[SLOTS] = {NULL};
	struct stopwatch watch = stopwatch_start();

	for (uint64_t i = 0; i < r->values[0]; i++) {
		release(slot[i % SLOTS]);
		slot[i % SLOTS] = checked_zeroed(r->values[1], page);
	}
	stopwatch_stop(watch, o);
	o->ops = r->values[0];
	for (unsigned i = 0; i < SLOTS; i++)
		release(slot[i]);
}

const struct workload calloc_large = {
	.name = "calloc-large",
	.summary = "the oldest of four zeroed blocks replaced",
	.params = {{"OPS", 1, OPS_LIMIT, 2000},
		   {"SIZE", 1, SIZE_LIMIT, 4 << 20}},
	.run = run,
};
