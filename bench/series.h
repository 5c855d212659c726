/* SPDX-License-Identifier: MIT */
/*
 * series: a figure over time, in a fixed number of samples.
 *
 * Once all places are taken, every second sample goes and the distance between
 * two samples doubles: so a run of any length fits.  Used by one thread.
 */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#include "workload.h"

#define SERIES_MOST 64

struct series {
	double begin, step, next; /* seconds */
	unsigned count;
	long kb[SERIES_MOST];
	unsigned ms[SERIES_MOST];
};

/* Samples at most every `step` seconds, counted from now. */
void series_begin(struct series *s, double step);

/* Is it time for the next sample? */
bool series_due(const struct series *s);

/* Adds a sample, due or not. */
void series_add(struct series *s, long kb);

/* Adds the resident memory of this process, if a sample is due. */
void series_look(struct series *s);

/* The same, due or not; returns the value. */
long series_note(struct series *s);

/* Appends " time_series_ms=... rss_series_kb=..." to the outcome. */
void series_print(const struct series *s, struct outcome *o);

/* Appends further pairs to the outcome. */
__attribute__((format(printf, 2, 3))) void outcome_add(struct outcome *o,
						       const char *format, ...);

#endif /* BENCH_SERIES_H */
