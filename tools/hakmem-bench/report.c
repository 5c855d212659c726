/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "bench/common.h"
#include "machine.h"
#include "output.h"
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BOLD "\033[1m"
#define PLAIN "\033[0m"

double report_number(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

const char *report_word(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* ---- text: numbers that a person can compare ---------------------------------------- */

/* 0.0142 with "G", "M", ... of 1e9 and down: "14.2 k". */
static const char *scaled(char *text, size_t size, double value,
			  const char *units[], double largest)
{
	while (value < 1 && units[1] && value * largest > 0) {
		value *= 1000;
		units++;
	}
	snprintf(text, size, "%.*f %s", value < 10 ? 2 : value < 100 ? 1 : 0,
		 value, *units);
	return text;
}

static const char *rate(char *text, size_t size, double mops)
{
	static const char *units[] = {"M", "k", "", NULL};

	return scaled(text, size, mops, units, 1);
}

static const char *duration(char *text, size_t size, double nanoseconds)
{
	static const char *units[] = {"s ", "ms", "us", "ns", NULL};

	return scaled(text, size, nanoseconds * 1e-9, units, 1);
}

/* ---- text: the machine ------------------------------------------------------------- */

static void print_machine(FILE *stream, const json_t *facts)
{
	fprintf(stream,
		"%s, %g cores; Linux %s; libc %s; huge pages %s; pages of %g bytes; "
		"load %.4s; %s\n",
		report_word(facts, "cpu"), report_number(facts, "cores"),
		report_word(facts, "kernel"), report_word(facts, "libc"),
		report_word(facts, "transparent_hugepages"),
		report_number(facts, "page_size"), report_word(facts, "load"),
		report_word(facts, "time"));
}

/* ---- text: all numbers of single runs ------------------------------------------------- */

static void print_value(FILE *stream, const char *name, const json_t *value)
{
	const json_t *item;
	size_t i;

	fprintf(stream, "    %-20s", name);
	if (json_is_string(value))
		fprintf(stream, " %s", json_string_value(value));
	else if (json_is_number(value))
		fprintf(stream, " %.9g", json_number_value(value));
	json_array_foreach(value, i, item)
		fprintf(stream, " %g", json_number_value(item));
	fputc('\n', stream);
}

static void print_run(FILE *stream, json_t *cell)
{
	json_t *run, *value;
	const char *name;
	size_t i;

	fprintf(stream, "  %s\n", report_word(cell, "variant"));
	if (run_failed(cell))
		fprintf(stream, "    FAILED: %s\n", run_failed(cell));
	json_array_foreach(json_object_get(cell, "runs"), i, run)
		json_object_foreach(run, name, value)
			print_value(stream, name, value);
	json_object_foreach(json_object_get(cell, "memory_calls"), name, value)
		print_value(stream, name, value);
	if (json_is_null(json_object_get(cell, "memory_calls")))
		fprintf(stream, "    system calls cannot be counted here\n");
}

/* ---- text: tables ---------------------------------------------------------------------- */

static void print_header(FILE *stream)
{
	fprintf(stream, "  %-26s %9s %9s %7s %7s  %-13s %9s %9s %9s %9s %8s %8s\n",
		"", "ops/s", "per op", "spread", "time", "95 % of it", "99 %",
		"99.9 %", "peak KiB", "end KiB", "faults", "calls");
}

/* "-" where too few calls were timed to tell. */
static const char *percentile(char *text, size_t size, const json_t *cell,
			      const char *name)
{
	if (!json_object_get(cell, name))
		return "-";
	return duration(text, size, report_number(cell, name));
}

/* "-" of a program that has ended. */
static const char *memory(char *text, size_t size, const json_t *cell,
			  const char *name)
{
	if (!json_object_get(cell, name))
		return "-";
	snprintf(text, size, "%.0f", report_number(cell, name));
	return text;
}

/* All of them; "-" where they cannot be counted. */
static const char *calls_text(char *text, size_t size, const json_t *cell)
{
	json_t *calls = json_object_get(cell, "memory_calls"), *count;
	const char *name;
	double all = 0;

	if (!json_is_object(calls))
		return "-";
	json_object_foreach(calls, name, count)
		all += json_number_value(count);
	snprintf(text, size, "%.0f", all);
	return text;
}

bool report_is_cpu_time(const json_t *row)
{
	return strcmp(report_word(row, "time_field"), "cpu_ns_per_op") == 0;
}

/* Nanoseconds of an op. */
static double cell_time(const json_t *row, const json_t *cell)
{
	return report_number(cell, report_is_cpu_time(row) ? "median_cpu_ns_per_op" :
						      "median_ns_per_op");
}

static void print_cell(FILE *stream, const json_t *row, const json_t *cell)
{
	char ops[32], time[32], interval[32], tail[32], tip[32], calls[32];
	char end[32];

	if (run_failed(cell)) {
		fprintf(stream, "  %-26.26s FAILED: %s\n", report_word(cell, "variant"),
			run_failed(cell));
		return;
	}
	snprintf(interval, sizeof interval, "%.3f..%.3f",
		 report_number(cell, "ratio_low"),
		 report_number(cell, "ratio_high"));
	fprintf(stream,
		"  %-26.26s %9s %9s %5.1f %% %7.3f  %-13s %9s %9s %9.0f %9s %8.0f "
		"%8s%s\n",
		report_word(cell, "variant"),
		rate(ops, sizeof ops, 1e3 / cell_time(row, cell)),
		duration(time, sizeof time, cell_time(row, cell)),
		report_number(cell, "spread") * 100,
		report_number(cell, "ratio"), interval,
		percentile(tail, sizeof tail, cell, "median_p99_ns"),
		percentile(tip, sizeof tip, cell, "median_p999_ns"),
		report_number(cell, "median_rss_peak_kb"),
		memory(end, sizeof end, cell, "median_rss_end_kb"),
		report_number(cell, "median_minor_faults"),
		calls_text(calls, sizeof calls, cell),
		json_object_get(cell, "frontier") ? "  frontier" : "");
}

static void print_row(FILE *stream, const json_t *row)
{
	const json_t *cells = json_object_get(row, "cells"), *cell;
	bool bold = isatty(fileno(stream));
	size_t i;

	fprintf(stream, "\n%s (%s)\n", report_word(row, "label"),
		report_is_cpu_time(row) ? "CPU time" : "time on the clock");
	json_array_foreach(cells, i, cell) {
		bool best = json_object_get(cell, "best") != NULL;

		fputs(best && bold ? BOLD "*" : best ? "*" : " ", stream);
		print_cell(stream, row, cell);
		fputs(best && bold ? PLAIN : "", stream);
	}
}

static void print_mean(FILE *stream, const json_t *line, const char *name,
		       const char *rows)
{
	if (json_object_get(line, name))
		fprintf(stream, " %9.3f (%3.0f)", report_number(line, name),
			report_number(line, rows));
	else
		fprintf(stream, " %15s", "-");
}

static void print_summary(FILE *stream, const json_t *result)
{
	const json_t *line;
	size_t i;

	fprintf(stream,
		"\ngeometric means (of so many rows); peak: as a multiple of the least\n"
		"  %-26s %15s %15s %15s\n", "", "time", "one thread", "peak");
	json_array_foreach(json_object_get(result, "summary"), i, line) {
		fprintf(stream, "  %-26.26s", report_word(line, "variant"));
		print_mean(stream, line, "time", "time_rows");
		print_mean(stream, line, "single_thread_time",
			   "single_thread_rows");
		print_mean(stream, line, "peak", "peak_rows");
		fputc('\n', stream);
	}
}

void report_table(FILE *stream, const json_t *result)
{
	const json_t *row;
	size_t i;

	fprintf(stream,
		"medians of %g rounds; time: as a multiple of that of %s; *: fastest, and told\n"
		"from every other by the rounds\n\n",
		report_number(result, "rounds"), report_word(result, "reference"));
	print_header(stream);
	json_array_foreach(json_object_get(result, "rows"), i, row)
		print_row(stream, row);
	if (i > 1)
		print_summary(stream, result);
}

void report_runs(FILE *stream, const json_t *result)
{
	json_t *row, *cell;
	size_t i, j;

	json_array_foreach(json_object_get(result, "rows"), i, row) {
		fprintf(stream, "%s\n", report_word(row, "label"));
		json_array_foreach(json_object_get(row, "cells"), j, cell)
			print_run(stream, cell);
	}
}

/* ---- CSV: a line for each run ---------------------------------------------------------- */

static const char *columns[] = {
	"ops", "seconds", "mops", "ns_per_op", "cpu_seconds", "minor_faults",
	"major_faults", "rss_peak_kb", "rss_end_kb", "p50_ns", "p90_ns", "p99_ns",
	"p999_ns", "max_ns", "cpu_ns_per_op",
};

#define COLUMNS (sizeof columns / sizeof columns[0])

/* In quotes, with those inside doubled. */
static void print_quoted(FILE *stream, const char *text)
{
	fputc('"', stream);
	for (; *text; text++)
		fprintf(stream, *text == '"' ? "\"\"" : "%c", *text);
	fputc('"', stream);
}

static void print_csv_start(FILE *stream, const json_t *row, const json_t *cell)
{
	print_quoted(stream, report_word(row, "label"));
	fputc(',', stream);
	print_quoted(stream, report_word(cell, "variant"));
}

/* Nothing where there is none. */
static void print_csv_value(FILE *stream, const json_t *run, const char *name)
{
	fputc(',', stream);
	if (json_object_get(run, name))
		fprintf(stream, "%.9g", report_number(run, name));
}

/* Counted once, for all runs of the cell. */
static void print_csv_calls(FILE *stream, const json_t *cell)
{
	char text[32];
	const char *calls = calls_text(text, sizeof text, cell);

	fprintf(stream, ",%s", *calls == '-' ? "" : calls);
}

static void print_csv_cell(FILE *stream, const json_t *row, const json_t *cell)
{
	const json_t *run;
	size_t i;

	json_array_foreach(json_object_get(cell, "runs"), i, run) {
		print_csv_start(stream, row, cell);
		fprintf(stream, ",%zu", i + 1);
		for (size_t c = 0; c < COLUMNS; c++)
			print_csv_value(stream, run, columns[c]);
		print_csv_calls(stream, cell);
		fputs(",\n", stream);
	}
	if (!run_failed(cell))
		return;
	print_csv_start(stream, row, cell);
	for (size_t c = 0; c < COLUMNS + 3; c++)
		fputc(',', stream);
	print_quoted(stream, run_failed(cell));
	fputc('\n', stream);
}

static void print_csv(FILE *stream, const json_t *result)
{
	const json_t *row, *cell;
	size_t i, j;

	fputs("row,variant,round", stream);
	for (size_t c = 0; c < COLUMNS; c++)
		fprintf(stream, ",%s", columns[c]);
	fputs(",memory_calls,failed\n", stream);
	json_array_foreach(json_object_get(result, "rows"), i, row)
		json_array_foreach(json_object_get(row, "cells"), j, cell)
			print_csv_cell(stream, row, cell);
}

/* ---- all ---------------------------------------------------------------------------------- */

static void complete(json_t *result, const char *kind)
{
	json_object_set_new(result, "tool", json_string("hakmem-bench"));
	json_object_set_new(result, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(result, "kind", json_string(kind));
	json_object_set_new(result, "machine", machine_facts());
}

void report_write(const struct options *o, const char *kind, json_t *result,
		  void (*print_text)(FILE *, const json_t *))
{
	struct output out = output_open(o->output);

	complete(result, kind);
	switch (o->format) {
	case AS_TEXT:
		print_machine(out.stream, json_object_get(result, "machine"));
		print_text(out.stream, result);
		break;
	case AS_CSV: print_csv(out.stream, result); break;
	case AS_JSON:
		json_dumpf(result, out.stream,
			   JSON_INDENT(1) | JSON_REAL_PRECISION(9));
		fputc('\n', out.stream);
		break;
	}
	output_close(&out);
}
