/* SPDX-License-Identifier: MIT */
/*
 * random_mixed: small blocks of mixed sizes, living for a random time.
 *
 * One op picks a random slot: a full one is freed, an empty one gets a block
 * of 1 to MAXSIZE bytes and its first byte written.
 */
#include "common.h"

static void run(const struct request *r, struct outcome *o)
{
	slots_run(r, o, true);
}

const struct workload random_mixed = {
	.name = "random-mixed",
	.summary = "a random slot freed if full, else filled: 1 to MAXSIZE B",
	.params = {{"OPS", 1, OPS_LIMIT, 10000000},
		   {"MAXSIZE", 1, SIZE_LIMIT, 256},
		   {"SEED", 0, UINT64_MAX, 1},
		   {"SLOTS", 1, SLOTS_LIMIT, 256},
		   {"THREADS", 1, THREADS_LIMIT, 1}},
	.dry = true,
	.run = run,
};
