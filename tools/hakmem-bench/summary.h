/* SPDX-License-Identifier: MIT */
/* summary: what is said about the runs of a grid: of a row, and of all rows. */
#ifndef HAKMEM_BENCH_SUMMARY_H
#define HAKMEM_BENCH_SUMMARY_H

#include <jansson.h>
#include <stdbool.h>

enum reference {
	AGAINST_BEST, /* of the row */
	AGAINST_FIRST /* variant */
};

/*
 * The field of a run that tells the time of an op: CPU time, which other programs hardly
 * disturb, where one thread does all the work and its CPU time is known; else that on the
 * clock, which includes how threads wait for each other.
 */
const char *time_field(const json_t *cells, bool single_thread);

/*
 * Adds medians, spread and ratio to each cell of a row, by that field, and "best" to the
 * one that beats most others and is told from each of them by the rounds.
 */
void summarize_cells(json_t *cells, enum reference reference, const char *time);

/*
 * For each variant the geometric means, over all rows where it did not fail: of
 * "time" (the ratios), of that in the rows of one thread, and of the resident
 * "peak" as a multiple of the row's least; each with the number of its rows.
 */
json_t *summary_of_rows(const json_t *rows);

#endif /* HAKMEM_BENCH_SUMMARY_H */
