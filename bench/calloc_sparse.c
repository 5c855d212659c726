/* SPDX-License-Identifier: MIT */
/*
 * calloc_sparse: a large zeroed block of which little is used.
 *
 * One op: calloc(SIZE), a byte written every STRIDE bytes, free.  An allocator that
 * clears the block by hand makes all of it resident.
 */
#include "common.h"
#include "series.h"

static void run(const struct request *r, struct outcome *o)
{
	struct series s;

	series_begin(&s, 0.001);
	for (uint64_t i = 0; i < r->values[0]; i++) {
		struct stopwatch watch = stopwatch_start();

		release(checked_zeroed(r->values[1], r->values[2]));
		stopwatch_stop(watch, o);
		series_look(&s);
	}
	o->ops = r->values[0];
	series_print(&s, o);
}

const struct workload calloc_sparse = {
	.name = "calloc-sparse",
	.summary = "a zeroed block, of which one byte in STRIDE is written",
	.params = {{"OPS", 1, OPS_LIMIT, 9},
		   {"SIZE", 1, SIZE_LIMIT, 300 << 20},
		   {"STRIDE", 1, SIZE_LIMIT, 65536}},
	.scaled = NOT_SCALED,
	.untimed = true,
	.run = run,
};
