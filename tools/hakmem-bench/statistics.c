/* SPDX-License-Identifier: MIT */
#include "statistics.h"

#include "bench/common.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define RESAMPLES 2000

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double sorted_quantile(const double *sorted, size_t count, double q)
{
	double place = q * (double)(count - 1);
	size_t below = (size_t)place;

	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] +
	       (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

double quantile(const double *values, size_t count, double q)
{
	double *sorted = get_memory(count, sizeof *sorted);
	double found;

	memcpy(sorted, values, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, ascending);
	found = sorted_quantile(sorted, count, q);
	free(sorted);
	return found;
}

double median(const double *values, size_t count)
{
	return quantile(values, count, 0.5);
}

double spread(const double *values, size_t count)
{
	return (quantile(values, count, 0.75) - quantile(values, count, 0.25)) /
	       median(values, count);
}

/* The medians of RESAMPLES draws with replacement. */
static void resample(const double *values, size_t count, double *medians)
{
	double *draw = get_memory(count, sizeof *draw);
	uint64_t random = random_start(1, 0);

	for (size_t i = 0; i < RESAMPLES; i++) {
		for (size_t j = 0; j < count; j++)
			draw[j] = values[random_high(random_next(&random), count)];
		medians[i] = median(draw, count);
	}
	free(draw);
}

static double *ratios_of(const double *above, const double *below, size_t count)
{
	double *ratios = get_memory(count, sizeof *ratios);

	for (size_t i = 0; i < count; i++)
		ratios[i] = above[i] / below[i];
	return ratios;
}

struct interval paired_ratio(const double *above, const double *below,
			     size_t count)
{
	double *ratios = ratios_of(above, below, count);
	double *medians = get_memory(RESAMPLES, sizeof *medians);
	struct interval found;

	resample(ratios, count, medians);
	found.estimate = median(ratios, count);
	found.low = quantile(medians, RESAMPLES, 0.025);
	found.high = quantile(medians, RESAMPLES, 0.975);
	free(medians);
	free(ratios);
	return found;
}
