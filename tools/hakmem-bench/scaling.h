/* SPDX-License-Identifier: MIT */
/*
 * scaling: rows that differ in their number of threads.  Those of one workload stand
 * together and have more and more threads: a series.
 */
#ifndef HAKMEM_BENCH_SCALING_H
#define HAKMEM_BENCH_SCALING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* All threads of a row of a result. */
double scaling_threads(const json_t *row);

/* Does a series begin with rows[i]? */
bool scaling_begins(const json_t *rows, size_t i);

#endif /* HAKMEM_BENCH_SCALING_H */
