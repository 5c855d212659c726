/* SPDX-License-Identifier: MIT */
/*
 * mid_large_mt: blocks of 8 to 32 KiB, each thread with slots of its own.
 *
 * One op picks a random slot: a full one is freed, an empty one filled; so
 * runs of frees and of mallocs alternate, unlike pool_tls.
 */
#include "common.h"

static void run(const struct request *r, struct outcome *o)
{
	team_run(r, o, 8 * KIB, 32 * KIB, slots_toggle);
}

const struct workload mid_large_mt = {
	.name = "mid-large-mt",
	.summary = "a random slot freed if full, else filled: 8 to 32 KiB",
	.params = {{"THREADS", 1, THREADS_LIMIT, 2},
		   {"OPS", 1, OPS_LIMIT, 4000000},
		   {"SLOTS", 1, SLOTS_LIMIT, 256},
		   {"SEED", 0, UINT64_MAX, 1}},
	.scaled = 1,
	.dry = true,
	.run = run,
};
