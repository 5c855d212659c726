/* SPDX-License-Identifier: MIT */
/*
 * realloc_grow: buffers that grow as strings and vectors do.
 *
 * A buffer starts with 16 bytes and grows by half until it holds SIZE bytes,
 * its new bytes written; then it is freed.  One op is one realloc.
 */
#include "common.h"

#include <string.h>

#define FIRST ((size_t)16)

static void *grown(void *buffer, size_t from, size_t to)
{
	char *block = resize(buffer, to);

	if (!block)
		fail("realloc to %zu bytes returned NULL", to);
	memset(block + from, 1, to - from);
	return block;
}

/* At most `ops` steps; returns how many they were. */
static uint64_t grow_one(size_t most, uint64_t ops)
{
	size_t size = FIRST < most ? FIRST : most;
	void *buffer = grown(NULL, 0, size);
	uint64_t done = 1;

	for (; size < most && done < ops; done++) {
		size_t larger = size + size / 2 + 1;

		larger = larger < most ? larger : most;
		buffer = grown(buffer, size, larger);
		size = larger;
	}
	release(buffer);
	return done;
}

static void run(const struct request *r, struct outcome *o)
{
	struct stopwatch watch = stopwatch_start();

	for (o->ops = 0; o->ops < r->values[0];)
		o->ops += grow_one(r->values[1], r->values[0] - o->ops);
	stopwatch_stop(watch, o);
}

const struct workload realloc_grow = {
	.name = "realloc-grow",
	.summary = "a step of a buffer that grows by half up to SIZE B",
	.params = {{"OPS", 1, OPS_LIMIT, 100000},
		   {"SIZE", 1, SIZE_LIMIT, 1 << 20}},
	.run = run,
};
