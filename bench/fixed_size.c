/* SPDX-License-Identifier: MIT */
/* fixed_size: random_mixed with blocks of one size. */
#include "common.h"

static void run(const struct request *r, struct outcome *o)
{
	slots_run(r, o, false);
}

const struct workload fixed_size = {
	.name = "fixed-size",
	.summary = "a random slot freed if full, else filled: SIZE B",
	.params = {{"OPS", 1, OPS_LIMIT, 10000000},
		   {"SIZE", 1, SIZE_LIMIT, 256},
		   {"SEED", 0, UINT64_MAX, 1},
		   {"SLOTS", 1, SLOTS_LIMIT, 256},
		   {"THREADS", 1, THREADS_LIMIT, 1}},
	.dry = true,
	.run = run,
};
