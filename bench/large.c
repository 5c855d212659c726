/* SPDX-License-Identifier: MIT */
/*
 * large: blocks of 5 to 25 MiB in a few slots, every page of them written.
 *
 * One op replaces the block of a random slot.  Mostly the kernel's work: what
 * an allocator can save is faults on memory it just had.
 */
#include "common.h"

#include <unistd.h>

#define LEAST (5 * MIB)
#define MOST (25 * MIB)
#define SLOTS 8

static void *fresh_written(size_t size, size_t page)
{
	volatile char *block = fresh(size);

	for (size_t at = 0; at < size; at += page)
		block[at] = 1;
	return (void *)block;
}

static void run(const struct request *r, struct outcome *o)
{
	uint64_t random = random_start(r->values[1], 0);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *slot[SLOTS] = {NULL};
	struct stopwatch watch = stopwatch_start();

	for (uint64_t i = 0; i < r->values[0]; i++) {
		uint64_t number = random_next(&random);
		void **at = &slot[random_low(number, SLOTS)];

		release(*at);
		*at = fresh_written(LEAST + random_high(number, MOST - LEAST),
				    page);
	}
	stopwatch_stop(watch, o);
	o->ops = r->values[0];
	for (unsigned i = 0; i < SLOTS; i++)
		release(slot[i]);
}

const struct workload large = {
	.name = "large",
	.summary = "a block of 5 to 25 MiB replaced, each page written",
	.params = {{"OPS", 1, OPS_LIMIT, 200}, {"SEED", 0, UINT64_MAX, 1}},
	.run = run,
};
