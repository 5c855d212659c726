/* SPDX-License-Identifier: MIT */
/*
 * pair: malloc and free of one block, over and over: the shortest path there
 * is.  One op is one pair.  Nothing is written to the block.  Another block of
 * the size lives meanwhile, as in any real program: without it some allocators
 * set up and tear down a page at every op.
 */
#include "common.h"

int main(int argc, char **argv)
{
	struct args a = args_open(argc, argv, "[--dry] OPS SIZE");
	uint64_t ops;
	size_t size;
	void *neighbour;
	double start;

	args_accept_dry(&a);
	ops = args_number(&a, "OPS", 1, OPS_LIMIT);
	size = args_number(&a, "SIZE", 1, SIZE_LIMIT);
	args_close(&a);
	neighbour = fresh(size);
	start = now_seconds();
	for (uint64_t i = 0; i < ops; i++)
		release(allocate(size));
	start = now_seconds() - start;
	release(neighbour);
	report(ops, start, "");
	return 0;
}
