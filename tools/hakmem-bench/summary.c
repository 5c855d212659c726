/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include "memory.h"
#include "run.h"
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

/* ---- the runs of a cell ---------------------------------------------------------- */

/* The values of `field` in those runs that have it, to be freed. */
static double *cell_values(const json_t *cell, const char *field, size_t *count)
{
	const json_t *runs = json_object_get(cell, "runs"), *run;
	double *values = get_memory(json_array_size(runs), sizeof *values);
	size_t i;

	*count = 0;
	json_array_foreach(runs, i, run)
		if (json_object_get(run, field))
			values[(*count)++] = json_number_value(
				json_object_get(run, field));
	return values;
}

/* As "median_FIELD", where there are any. */
static void say_median(json_t *cell, const char *field)
{
	size_t count;
	double *values = cell_values(cell, field, &count);
	char *name = print_text("median_%s", field);

	if (count > 0)
		json_object_set_new(cell, name,
				    json_real(median(values, count)));
	free(name);
	free(values);
}

static void say_spread(json_t *cell, const char *time)
{
	size_t count;
	double *values = cell_values(cell, time, &count);

	if (count > 0)
		json_object_set_new(cell, "spread",
				    json_real(spread(values, count)));
	free(values);
}

const char *time_field(const json_t *cells, bool single_thread)
{
	const json_t *cell, *run;
	size_t i, j;

	if (!single_thread)
		return "ns_per_op";
	json_array_foreach(cells, i, cell)
		json_array_foreach(json_object_get(cell, "runs"), j, run)
			if (!json_object_get(run, "cpu_ns_per_op"))
				return "ns_per_op";
	return "cpu_ns_per_op";
}

/* ---- two cells ------------------------------------------------------------------- */

/* The time of `cell` over that of `other`, for the same work; false: it is not known. */
static bool compare_cells(const json_t *cell, const json_t *other, const char *time,
			  struct interval *ratio)
{
	size_t count, count_of_other;
	double *times = cell_values(cell, time, &count);
	double *times_of_other = cell_values(other, time, &count_of_other);
	bool known = count > 0 && count == count_of_other && !run_failed(cell) &&
		     !run_failed(other);

	if (known)
		*ratio = paired_ratio(times, times_of_other, count);
	free(times);
	free(times_of_other);
	return known;
}

static void say_ratio(json_t *cell, const json_t *reference, const char *time)
{
	struct interval ratio;

	if (!compare_cells(cell, reference, time, &ratio))
		return;
	json_object_set_new(cell, "ratio", json_real(ratio.estimate));
	json_object_set_new(cell, "ratio_low", json_real(ratio.low));
	json_object_set_new(cell, "ratio_high", json_real(ratio.high));
}

/* ---- the fastest ----------------------------------------------------------------- */

/* Is it faster than `cell`, in the median of the rounds? */
static bool beats(const json_t *candidate, const json_t *cell, const char *time)
{
	struct interval ratio;

	return compare_cells(candidate, cell, time, &ratio) && ratio.estimate < 1;
}

static size_t wins_of(const json_t *cells, const json_t *candidate, const char *time)
{
	const json_t *cell;
	size_t wins = 0, i;

	json_array_foreach(cells, i, cell)
		wins += run_failed(cell) || beats(candidate, cell, time);
	return wins;
}

/* That beats most others, as the ratios do: round by round, not by its median. */
static json_t *best_cell(const json_t *cells, const char *time)
{
	json_t *best = NULL, *cell;
	size_t most = 0, i;

	json_array_foreach(cells, i, cell) {
		size_t wins = wins_of(cells, cell, time);

		if (!run_failed(cell) && (!best || wins > most)) {
			most = wins;
			best = cell;
		}
	}
	return best;
}

/*
 * Do the rounds tell it from every other cell?  Not if an interval contains 1, and one
 * round has none.
 */
static bool stands_out(const json_t *cells, const json_t *best, const char *time)
{
	struct interval ratio;
	const json_t *cell;
	size_t i;

	if (json_array_size(cells) < 2 ||
	    json_array_size(json_object_get(best, "runs")) < 2)
		return false;
	json_array_foreach(cells, i, cell)
		if (cell != best && compare_cells(cell, best, time, &ratio) &&
		    ratio.low <= 1)
			return false;
	return true;
}

void summarize_cells(json_t *cells, enum reference reference, const char *time)
{
	static const char *const fields[] = {
		"mops", "ns_per_op", "cpu_ns_per_op", "cpu_seconds", "rss_peak_kb",
		"rss_end_kb", "minor_faults", "p50_ns", "p90_ns", "p99_ns", "p999_ns",
		"max_ns"};
	const json_t *against;
	json_t *cell, *best;
	size_t i;

	json_array_foreach(cells, i, cell) {
		for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
			say_median(cell, fields[f]);
		say_spread(cell, time);
	}
	best = best_cell(cells, time);
	if (best && stands_out(cells, best, time))
		json_object_set_new(best, "best", json_true());
	against = reference == AGAINST_BEST ? best : json_array_get(cells, 0);
	if (against)
		json_array_foreach(cells, i, cell)
			say_ratio(cell, against, time);
}

/* ---- all rows -------------------------------------------------------------------- */

/* Logarithms added up. */
struct mean {
	double sum;
	unsigned count;
};

static void add_to_mean(struct mean *m, double ratio)
{
	if (ratio > 0) {
		m->sum += log(ratio);
		m->count++;
	}
}

static void say_mean(json_t *line, const char *name, const char *rows,
		     struct mean m)
{
	if (m.count > 0)
		json_object_set_new(line, name, json_real(exp(m.sum / m.count)));
	json_object_set_new(line, rows, json_integer(m.count));
}

static double number(const json_t *cell, const char *name)
{
	return json_number_value(json_object_get(cell, name));
}

static double least_peak(const json_t *cells)
{
	const json_t *cell;
	double least = 0;
	size_t i;

	json_array_foreach(cells, i, cell) {
		double peak = number(cell, "median_rss_peak_kb");

		if (!run_failed(cell) && peak > 0 && (least == 0 || peak < least))
			least = peak;
	}
	return least;
}

static json_t *summary_of_variant(const json_t *rows, size_t variant)
{
	struct mean all = {0, 0}, single = {0, 0}, peak = {0, 0};
	const json_t *row, *cell, *line_cell = NULL;
	json_t *line;
	size_t i;

	json_array_foreach(rows, i, row) {
		const json_t *cells = json_object_get(row, "cells");

		line_cell = cell = json_array_get(cells, variant);
		if (run_failed(cell))
			continue;
		add_to_mean(&all, number(cell, "ratio"));
		if (json_is_true(json_object_get(row, "single_thread")))
			add_to_mean(&single, number(cell, "ratio"));
		if (least_peak(cells) > 0)
			add_to_mean(&peak, number(cell, "median_rss_peak_kb") /
						   least_peak(cells));
	}
	line = json_pack("{s:O}", "variant", json_object_get(line_cell, "variant"));
	say_mean(line, "time", "time_rows", all);
	say_mean(line, "single_thread_time", "single_thread_rows", single);
	say_mean(line, "peak", "peak_rows", peak);
	return line;
}

json_t *summary_of_rows(const json_t *rows)
{
	const json_t *first = json_object_get(json_array_get(rows, 0), "cells");
	json_t *summary = json_array();

	for (size_t v = 0; v < json_array_size(first); v++)
		json_array_append_new(summary, summary_of_variant(rows, v));
	return summary;
}
