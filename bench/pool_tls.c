/* SPDX-License-Identifier: MIT */
/*
 * pool_tls: blocks of 8 to 52 KiB, each thread with slots of its own.
 *
 * One op picks a random slot, frees its block and puts a new one there.
 */
#include "common.h"

static void run(const struct request *r, struct outcome *o)
{
	team_run(r, o, 8 * KIB, 52 * KIB, slots_replace);
}

const struct workload pool_tls = {
	.name = "pool-tls",
	.summary = "a random slot's block of 8 to 52 KiB replaced",
	.params = {{"THREADS", 1, THREADS_LIMIT, 1},
		   {"OPS", 1, OPS_LIMIT, 2000000},
		   {"SLOTS", 1, SLOTS_LIMIT, 256},
		   {"SEED", 0, UINT64_MAX, 1}},
	.scaled = 1,
	.dry = true,
	.run = run,
};
