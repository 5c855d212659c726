/* SPDX-License-Identifier: MIT */
/*
 * pair: malloc and free of one block, over and over: the shortest path there
 * is.  One op is one pair.  Nothing is written to the block.  Another block of
 * the size lives meanwhile, as in any real program: without it some allocators
 * set up and tear down a page at every op.
 */
#include "common.h"

static void run(const struct request *r, struct outcome *o)
{
	uint64_t ops = r->values[0];
	size_t size = r->values[1];
	void *neighbour = fresh(size);
	struct stopwatch watch = stopwatch_start();

	for (uint64_t i = 0; i < ops; i++)
		release(allocate(size));
	stopwatch_stop(watch, o);
	o->ops = ops;
	release(neighbour);
}

const struct workload pair = {
	.name = "pair",
	.summary = "malloc and free of one block beside another",
	.params = {{"OPS", 1, OPS_LIMIT, 10000000}, {"SIZE", 1, SIZE_LIMIT, 64}},
	.dry = true,
	.run = run,
};
