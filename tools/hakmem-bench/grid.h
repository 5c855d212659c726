/* SPDX-License-Identifier: MIT */
/*
 * grid: rows (workloads) times variants (allocators), measured in rounds.
 *
 * A round runs every cell once, and the order of the variants turns by one each
 * round, so that what disturbs the machine disturbs all.  An unmeasured round
 * warms up and finds how many operations of a row take the wanted time; all
 * variants then do the same number.  A cell that failed once has no result.
 *
 * The result is a JSON object: "variants" and "rows", each row with its "cells",
 * each cell with its "runs" and what is said about them ("median_mops",
 * "spread", "ratio" of times to the reference, "ratio_low", "ratio_high") and
 * "memory_calls", counted in a last round that nobody times; and a "summary".
 */
#ifndef HAKMEM_BENCH_GRID_H
#define HAKMEM_BENCH_GRID_H

#include "row.h"
#include "summary.h"
#include "variant.h"

#include <stdbool.h>

struct grid {
	struct row *rows;
	size_t row_count;
	struct variants variants;
	unsigned rounds;
	double cell_seconds; /* 0: as long as the numbers say, no warm-up */
	bool uncounted;	     /* no last round that counts system calls */
	enum reference reference;
};

/*
 * Variants that cannot be measured are left out with a sentence if `optional`,
 * else they end the program.
 */
void grid_probe(struct grid *g, bool optional);

/* Probes, measures, and says what there is to say about the numbers. */
json_t *grid_run(struct grid *g, bool optional);

/* Did any cell fail? */
bool grid_failed(const json_t *result);

#endif /* HAKMEM_BENCH_GRID_H */
