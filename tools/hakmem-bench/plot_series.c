/* SPDX-License-Identifier: MIT */
/* plot_series: resident memory over time, a panel for each workload that told it. */
#include "memory.h"
#include "plot.h"
#include "report.h"
#include "run.h"

#define SERIES_COLUMNS 2u

static const json_t *first_run(const json_t *cell)
{
	return json_array_get(json_object_get(cell, "runs"), 0);
}

/* One of its runs told it: a library that failed has none. */
static bool has_series(const json_t *row)
{
	const json_t *cell;
	size_t i;

	json_array_foreach(json_object_get(row, "cells"), i, cell)
		if (json_object_get(first_run(cell), "rss_series_kb"))
			return true;
	return false;
}

unsigned plot_series_count(const json_t *result)
{
	unsigned count = 0;
	const json_t *row;
	size_t i;

	json_array_foreach(plot_rows(result), i, row)
		count += has_series(row);
	return count;
}

static void series_data(FILE *g, const json_t *run, size_t row, size_t variant)
{
	const json_t *times = json_object_get(run, "time_series_ms");
	const json_t *sizes = json_object_get(run, "rss_series_kb");

	fprintf(g, "$r%zuv%zu << EOD\n", row, variant);
	for (size_t i = 0; i < json_array_size(times); i++)
		fprintf(g, "%g %g\n",
			json_number_value(json_array_get(times, i)) / 1000,
			json_number_value(json_array_get(sizes, i)) / 1024);
	fprintf(g, "EOD\n");
}

/* A title is what another program wrote beside the label. */
static void plot_series_of(FILE *g, const json_t *result, size_t number)
{
	const json_t *row = json_array_get(plot_rows(result), number);
	size_t variants = plot_variants(result);

	for (size_t v = 0; v < variants; v++)
		series_data(g, first_run(plot_cell(row, v)), number, v);
	fprintf(g, "set title ");
	plot_quote(g, report_word(row, json_object_get(row, "title") ? "title" : "label"));
	fprintf(g, "\nplot ");
	for (size_t v = 0; v < variants; v++) {
		if (run_failed(plot_cell(row, v)))
			fprintf(g, "NaN");
		else
			fprintf(g, "$r%zuv%zu using 1:2", number, v);
		fprintf(g, " with linespoints ps 0.6 pi 6 lt %zu title ",
			v % PLOT_COLOURS + 1);
		plot_quote(g, plot_label(result, v));
		fputs(v + 1 < variants ? ", " : "\n", g);
	}
}

unsigned plot_series_lines(const json_t *result)
{
	return (plot_series_count(result) + SERIES_COLUMNS - 1) / SERIES_COLUMNS;
}

void plot_series(FILE *g, const json_t *result)
{
	unsigned panels = plot_series_count(result);

	fprintf(g, "set multiplot layout %u,%u title 'Resident memory over time'"
		".\"\\n\".heading\nset key outside bottom center horizontal\n"
		"set xlabel 'seconds' offset 0,0.8\nset ylabel 'resident, MiB'\n"
		"set yrange [0:*]\n",
		plot_series_lines(result), panels < SERIES_COLUMNS ? 1 : SERIES_COLUMNS);
	for (size_t i = 0; i < json_array_size(plot_rows(result)); i++)
		if (has_series(json_array_get(plot_rows(result), i)))
			plot_series_of(g, result, i);
	fprintf(g, "unset multiplot\n");
}
