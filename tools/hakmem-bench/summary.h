/* SPDX-License-Identifier: MIT */
/* summary: what is said about the runs of a grid: of a row, and of all rows. */
#ifndef HAKMEM_BENCH_SUMMARY_H
#define HAKMEM_BENCH_SUMMARY_H

#include <jansson.h>

enum reference {
	AGAINST_BEST, /* of the row */
	AGAINST_FIRST /* variant */
};

/*
 * Adds medians, spread and ratio to each cell of a row, and "best" to the one that
 * beats most others.
 */
void summarize_cells(json_t *cells, enum reference reference);

/*
 * For each variant the geometric means, over all rows where it did not fail: of
 * "time" (the ratios), of that in the rows of one thread, and of the resident
 * "peak" as a multiple of the row's least; each with the number of its rows.
 */
json_t *summary_of_rows(const json_t *rows);

#endif /* HAKMEM_BENCH_SUMMARY_H */
