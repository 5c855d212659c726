/* SPDX-License-Identifier: MIT */
/* plot: what the kinds of pictures share, and that of memory over time. */
#ifndef HAKMEM_BENCH_PLOT_H
#define HAKMEM_BENCH_PLOT_H

#include <jansson.h>
#include <stdio.h>

/* Line types that begin_picture() sets, from 1. */
#define PLOT_COLOURS 8u

const json_t *plot_rows(const json_t *result);
const json_t *plot_cell(const json_t *row, size_t variant);
size_t plot_variants(const json_t *result);
const char *plot_label(const json_t *result, size_t variant);

/* In quotes; what would end them becomes a plain sign. */
void plot_quote(FILE *g, const char *text);

/* How many workloads told memory over time, and in how many lines their panels stand. */
unsigned plot_series_count(const json_t *result);
unsigned plot_series_lines(const json_t *result);
void plot_series(FILE *g, const json_t *result);

#endif /* HAKMEM_BENCH_PLOT_H */
