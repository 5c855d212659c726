/* SPDX-License-Identifier: MIT */
/*
 * statistics: what is said about a few repeated measurements.
 *
 * Medians and quantiles, because a machine's disturbances all go one way; and
 * intervals by the bootstrap, because nothing is known of the distribution.
 * The random numbers of the bootstrap start the same every time, so the same
 * data give the same interval.
 */
#ifndef HAKMEM_BENCH_STATISTICS_H
#define HAKMEM_BENCH_STATISTICS_H

#include <stddef.h>

struct interval {
	double estimate, low, high; /* low to high: 95 % */
};

/* The value below which the share q of the values lies, linear in between. */
double quantile(const double *values, size_t count, double q);

double median(const double *values, size_t count);

/* The middle half's width as a share of the median; 0 for a single value. */
double spread(const double *values, size_t count);

/*
 * The median of above[i] / below[i], with its interval: the i-th of both were measured
 * in the same round.
 */
struct interval paired_ratio(const double *above, const double *below,
			     size_t count);

#endif /* HAKMEM_BENCH_STATISTICS_H */
