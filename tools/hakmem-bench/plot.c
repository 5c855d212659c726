/* SPDX-License-Identifier: MIT */
/*
 * plot: a picture of a stored result, drawn by gnuplot.
 *
 * compare, ab: bars of speed beside the reference, with intervals as whiskers.
 * sweep-threads: lines of speed over threads, a panel for each workload.
 * sweep: speed over memory, the frontier marked, the rounds as whiskers.
 * memory, fragmentation: resident memory over time, in plot_series.c.
 */
#include "bench/common.h"
#include "commands.h"
#include "memory.h"
#include "output.h"
#include "plan.h"
#include "plot.h"
#include "report.h"
#include "run.h"
#include "scaling.h"
#include "statistics.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Told apart by people of all kinds of sight, and in print. */
static const char *const colours[] = {"#0072B2", "#E69F00", "#009E73", "#D55E00",
				      "#CC79A7", "#56B4E9", "#F0E442", "#000000"};

_Static_assert(sizeof colours / sizeof colours[0] == PLOT_COLOURS, "one each");

/* ---- the stored result -------------------------------------------------------- */

static json_t *load(const char *path)
{
	FILE *file = fopen(path, "re");
	json_error_t error;
	json_t *result;

	if (!file)
		fail("cannot read %s: %s", path, strerror(errno));
	result = json_loadf(file, 0, &error);
	fclose(file);
	if (!result && error.line > 0)
		fail("cannot read %s: %s (line %d)", path, error.text, error.line);
	if (!result)
		fail("cannot read %s: %s", path, error.text);
	if (strcmp(report_word(result, "tool"), "hakmem-bench") != 0 ||
	    json_array_size(json_object_get(result, "rows")) == 0 ||
	    json_array_size(json_object_get(result, "variants")) == 0)
		fail("%s is JSON, but no result of hakmem-bench that can be drawn",
		     path);
	return result;
}

const json_t *plot_rows(const json_t *result)
{
	return json_object_get(result, "rows");
}

const json_t *plot_cell(const json_t *row, size_t variant)
{
	return json_array_get(json_object_get(row, "cells"), variant);
}

size_t plot_variants(const json_t *result)
{
	return json_array_size(json_object_get(result, "variants"));
}

const char *plot_label(const json_t *result, size_t variant)
{
	return report_word(json_array_get(json_object_get(result, "variants"),
					  variant), "label");
}

/* ---- words of gnuplot ------------------------------------------------------------ */

void plot_quote(FILE *g, const char *text)
{
	fputc('"', g);
	for (; *text; text++)
		fputc(*text == '"' || *text == '\\' || *text == '\n' ? '\'' :
								      *text, g);
	fputc('"', g);
}

static void begin_picture(FILE *g, const json_t *result, const char *path,
			  unsigned width, unsigned height, bool svg)
{
	const json_t *facts = json_object_get(result, "machine");

	fprintf(g, "set terminal %s size %u,%u noenhanced font \"%s\"\n",
		svg ? "svg background '#ffffff'" : "pngcairo", width, height,
		svg ? "sans-serif,14" : "sans,11");
	fprintf(g, "set output ");
	plot_quote(g, path);
	fprintf(g, "\nset key outside right top\nset grid ytics lc rgb '#cccccc'\n"
		"set border 3\nset tics nomirror\n");
	for (size_t i = 0; i < PLOT_COLOURS; i++)
		fprintf(g, "set linetype %zu lc rgb '%s' lw 2 pt %zu\n", i + 1,
			colours[i], i + 4);
	fprintf(g, "heading = ");
	plot_quote(g, report_word(facts, "cpu"));
	fprintf(g, ".', %g cores, Linux '.", report_number(facts, "cores"));
	plot_quote(g, report_word(facts, "kernel"));
	fprintf(g, ".', '.");
	plot_quote(g, report_word(facts, "time"));
	fputc('\n', g);
}

/* ---- bars ---------------------------------------------------------------------------- */

static void bar_data(FILE *g, const json_t *result, size_t variant)
{
	const json_t *row;
	size_t i;

	fprintf(g, "$v%zu << EOD\n", variant);
	json_array_foreach(plot_rows(result), i, row) {
		const json_t *cell = plot_cell(row, variant);

		char *label = print_text("%s%s", report_word(row, "label"),
					 report_is_cpu_time(row) ? " (CPU)" : "");

		plot_quote(g, label);
		free(label);
		if (run_failed(cell) || report_number(cell, "ratio_low") <= 0)
			fprintf(g, " 0 0 0\n");
		else
			fprintf(g, " %g %g %g\n", 1 / report_number(cell, "ratio"),
				1 / report_number(cell, "ratio_high"),
				1 / report_number(cell, "ratio_low"));
	}
	fprintf(g, "EOD\n");
}

static double highest_whisker(const json_t *result)
{
	double highest = 1;
	const json_t *row;
	size_t i;

	json_array_foreach(plot_rows(result), i, row)
		for (size_t v = 0; v < plot_variants(result); v++) {
			double ratio = report_number(plot_cell(row, v), "ratio_low");

			if (ratio > 0 && 1 / ratio > highest)
				highest = 1 / ratio;
		}
	return highest;
}

/* From 0, so that bars are as long as what they show, to the end of all whiskers. */
static void plot_bars(FILE *g, const json_t *result)
{
	size_t variants = plot_variants(result);

	for (size_t v = 0; v < variants; v++)
		bar_data(g, result, v);
	fprintf(g, "set style data histograms\n"
		"set style histogram errorbars gap 1 lw 1\n"
		"set style fill solid 1 border -1\n"
		"set yrange [0:%g]\nset xtics rotate by -35\n"
		"set title 'Speed beside that of %s (higher is faster; no bar: failed)'"
		".\"\\n\".'whiskers: 95 %% interval of the rounds; (CPU): by CPU time, "
		"else by time on the clock'.\"\\n\".heading\n"
		"set ylabel 'speed, 1 = %s'\nplot ",
		highest_whisker(result) * 1.05, report_word(result, "reference"),
		report_word(result, "reference"));
	for (size_t v = 0; v < variants; v++) {
		fprintf(g, "%s$v%zu using 2:3:4:xtic(1) title ", v ? ", " : "", v);
		plot_quote(g, plot_label(result, v));
	}
	fputc('\n', g);
}

/* ---- lines over threads ------------------------------------------------------------- */

/* False if it failed with every number of threads. */
static bool thread_data(FILE *g, const json_t *rows, size_t first, size_t variant)
{
	bool any = false;

	fprintf(g, "$p%zuv%zu << EOD\n", first, variant);
	for (size_t i = first; i < json_array_size(rows) &&
			       (i == first || !scaling_begins(rows, i)); i++) {
		const json_t *row = json_array_get(rows, i);
		const json_t *cell = plot_cell(row, variant);

		if (run_failed(cell))
			continue;
		fprintf(g, "%g %g\n", scaling_threads(row),
			report_number(cell, "median_mops"));
		any = true;
	}
	fprintf(g, "EOD\n");
	return any;
}

static void plot_panel(FILE *g, const json_t *result, size_t first)
{
	const json_t *row = json_array_get(plot_rows(result), first);
	size_t variants = plot_variants(result);
	bool *any = get_memory(variants, sizeof *any);

	for (size_t v = 0; v < variants; v++)
		any[v] = thread_data(g, plot_rows(result), first, v);
	fprintf(g, "set title ");
	plot_quote(g, report_word(row, "workload"));
	fprintf(g, "\nplot ");
	for (size_t v = 0; v < variants; v++) {
		if (any[v])
			fprintf(g, "$p%zuv%zu using 1:2 with linespoints", first, v);
		else
			fprintf(g, "NaN with linespoints");
		fprintf(g, " lt %zu title ", v % PLOT_COLOURS + 1);
		plot_quote(g, plot_label(result, v));
		fputs(v + 1 < variants ? ", " : "\n", g);
	}
	free(any);
}

static size_t panels_in(const json_t *result)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(plot_rows(result)); i++)
		count += scaling_begins(plot_rows(result), i);
	return count;
}

static void plot_threads(FILE *g, const json_t *result)
{
	fprintf(g, "set multiplot layout %zu,1 title heading\n"
		"set xlabel 'threads'\nset ylabel 'million ops a second'\n"
		"set logscale x 2\nset yrange [0:*]\nset offsets graph 0.02, graph 0.02, 0, 0\n",
		panels_in(result));
	for (size_t i = 0; i < json_array_size(plot_rows(result)); i++)
		if (scaling_begins(plot_rows(result), i))
			plot_panel(g, result, i);
	fprintf(g, "unset multiplot\n");
}

/* ---- speed over memory ---------------------------------------------------------------- */

/* The middle half of the rounds of a cell, or its median where they are not there. */
static void print_rounds(FILE *g, const json_t *cell)
{
	const json_t *runs = json_object_get(cell, "runs"), *run;
	size_t count = json_array_size(runs), i;
	double *speeds = get_memory(count + 1, sizeof *speeds);

	speeds[0] = report_number(cell, "median_mops");
	json_array_foreach(runs, i, run)
		speeds[i] = report_number(run, "mops");
	fprintf(g, "%g %g ", quantile(speeds, count ? count : 1, 0.25),
		quantile(speeds, count ? count : 1, 0.75));
	free(speeds);
}

/* The points of one kind, each with its whisker and its name. */
static size_t sweep_data(FILE *g, const json_t *row, size_t number, bool frontier)
{
	const json_t *cell;
	size_t count = 0, i;

	fprintf(g, "$%c%zu << EOD\n", frontier ? 'f' : 'a', number);
	json_array_foreach(json_object_get(row, "cells"), i, cell) {
		if (run_failed(cell) ||
		    (frontier && !json_object_get(cell, "frontier")))
			continue;
		fprintf(g, "%g %g ",
			report_number(cell, "median_rss_peak_kb") / 1024,
			report_number(cell, "median_mops"));
		print_rounds(g, cell);
		plot_quote(g, report_word(cell, "variant"));
		fputc('\n', g);
		count++;
	}
	fprintf(g, "EOD\n");
	return count;
}

/* The names stand in the key: beside the points they would hide each other. */
static void plot_frontier(FILE *g, const json_t *row, size_t number)
{
	size_t count;

	sweep_data(g, row, number, false);
	count = sweep_data(g, row, number, true);
	fprintf(g, "set title ");
	plot_quote(g, report_word(row, "label"));
	fprintf(g, "\nplot $a%zu using 1:2:3:4 with yerrorbars pt 7 lc rgb '#999999' "
		"title 'tried'", number);
	for (size_t i = 0; i < count; i++)
		fprintf(g, ", $f%zu every ::%zu::%zu using 1:2 with points lt %zu "
			"pt %zu ps 1.8 title word($f%zu[%zu], 5)", number, i, i,
			i % PLOT_COLOURS + 1, i + 4, number, i + 1);
	fputc('\n', g);
}

static void plot_sweep(FILE *g, const json_t *result)
{
	const json_t *row;
	size_t i;

	/* From 0: a few percent are to look like a few percent. */
	fprintf(g, "set multiplot layout %zu,1 title heading.\"\\n\".'in colour: none is "
		"both faster and smaller; whiskers: middle half of the rounds'\n"
		"set xlabel 'peak of resident memory, MiB'\n"
		"set ylabel 'million ops a second'\n"
		"set xrange [0:*]\nset yrange [0:*]\n"
		"set offsets 0, graph 0.05, graph 0.1, 0\n",
		json_array_size(plot_rows(result)));
	json_array_foreach(plot_rows(result), i, row)
		plot_frontier(g, row, i);
	fprintf(g, "unset multiplot\n");
}

/* ---- the command ------------------------------------------------------------------------------ */

static bool all_failed(const json_t *result)
{
	const json_t *row, *cell;
	size_t i, j;

	json_array_foreach(plot_rows(result), i, row)
		json_array_foreach(json_object_get(row, "cells"), j, cell)
			if (!run_failed(cell))
				return false;
	return true;
}

struct picture {
	unsigned width, height;
	void (*plot)(FILE *, const json_t *);
};

static struct picture picture_of(const json_t *result, const char *path)
{
	const char *kind = report_word(result, "kind");
	unsigned rows = (unsigned)json_array_size(plot_rows(result));

	if (strcmp(kind, "compare") == 0 || strcmp(kind, "ab") == 0)
		return (struct picture){500 + 90 * rows, 600, plot_bars};
	if (strcmp(kind, "sweep-threads") == 0)
		return (struct picture){
			900, 100 + 300 * (unsigned)panels_in(result), plot_threads};
	if (strcmp(kind, "sweep") == 0)
		return (struct picture){1000, 100 + 350 * rows, plot_sweep};
	if (plot_series_count(result) > 0)
		return (struct picture){
			1200, 100 + 400 * plot_series_lines(result), plot_series};
	fail("there is no picture of a result like that of %s; draw one of compare, "
	     "memory, ab, sweep, sweep-threads or fragmentation", path);
}

static bool ends_with(const char *text, const char *end)
{
	size_t a = strlen(text), b = strlen(end);

	return a > b && strcmp(text + a - b, end) == 0;
}

static void draw(const json_t *result, const struct picture *p,
		 const char *path, bool svg)
{
	FILE *g = popen("gnuplot", "w");

	if (!g)
		fail("cannot start gnuplot: %s", strerror(errno));
	begin_picture(g, result, path, p->width, p->height, svg);
	p->plot(g, result);
	fprintf(g, "set output\n");
	if (pclose(g) != 0)
		output_abandon(path, "gnuplot could not draw the picture");
}

int command_plot(const struct options *o)
{
	struct output out;
	struct picture p;
	json_t *result;
	bool svg;

	plan_refuse(o, (struct accepted){.with = false});
	if (o->word_count != 1 || !o->output)
		refuse("plot needs one FILE.json and -o PICTURE");
	svg = ends_with(o->output, ".svg");
	if (!svg && !ends_with(o->output, ".png"))
		refuse("\"%s\" ends in neither .svg nor .png", o->output);
	result = load(o->words[0]);
	if (all_failed(result))
		fail("there is nothing to draw in %s: every run failed", o->words[0]);
	p = picture_of(result, o->words[0]);
	if (system("command -v gnuplot >/dev/null 2>&1") != 0)
		fail("plot needs gnuplot, which is not installed; install the package "
		     "gnuplot-nox (Debian), gnuplot-minimal (Fedora) or gnuplot");
	signal(SIGPIPE, SIG_IGN);
	out = output_open(o->output);
	draw(result, &p, out.temporary, svg);
	output_close(&out);
	json_decref(result);
	return 0;
}
