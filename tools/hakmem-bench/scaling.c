/* SPDX-License-Identifier: MIT */
/* sweep-threads: workloads with more and more threads, and what each thread is worth. */
#include "scaling.h"

#include "bench/common.h"
#include "commands.h"
#include "memory.h"
#include "plan.h"
#include "report.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- rows ------------------------------------------------------------------------ */

/* Of parties that pass blocks on, as many of each kind. */
static bool has_parties(const char *word)
{
	struct row r = row_parse(word);
	bool has = row_set_named(&r, "producers", "1");

	row_free(&r);
	return has;
}

/* Adds `word` with 1, 2, 4, ... threads, up to twice the cores. */
static void add_thread_rows(struct grid *g, const char *word)
{
	unsigned most = 2 * (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	char before = strchr(word, ':') ? ',' : ':';
	bool parties = has_parties(word);

	for (unsigned n = 1; n * (parties + 1u) <= most; n *= 2) {
		char *label = parties ? print_text("%s%cproducers=%u,consumers=%u", word,
						   before, n, n) :
					print_text("%s%cthreads=%u", word, before, n);

		g->rows[g->row_count++] = row_parse(label);
		free(label);
	}
}

/* ---- efficiency ------------------------------------------------------------------ */

double scaling_threads(const json_t *row)
{
	const json_t *params = json_object_get(row, "params");

	return report_number(params, "THREADS") + report_number(params, "PRODUCERS") +
	       report_number(params, "CONSUMERS");
}

bool scaling_begins(const json_t *rows, size_t i)
{
	return i == 0 || scaling_threads(json_array_get(rows, i)) <=
				 scaling_threads(json_array_get(rows, i - 1));
}

/* What a thread does, beside what it does in the first row of the series. */
static void add_efficiency(const json_t *first, const json_t *row, size_t variant)
{
	json_t *cell = json_array_get(json_object_get(row, "cells"), variant);
	const json_t *base = json_array_get(json_object_get(first, "cells"), variant);

	if (run_failed(cell) || run_failed(base))
		return;
	json_object_set_new(cell, "efficiency",
			    json_real(report_number(cell, "median_mops") /
				      report_number(base, "median_mops") *
				      scaling_threads(first) / scaling_threads(row)));
}

static void add_efficiencies(const json_t *rows)
{
	const json_t *row, *first = NULL;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (scaling_begins(rows, i))
			first = row;
		for (size_t v = 0; v < json_array_size(json_object_get(row, "cells")); v++)
			add_efficiency(first, row, v);
	}
}

/* One variant's, over the series that begins with rows[first]; or its threads. */
static void print_line(FILE *stream, const json_t *rows, size_t first, const char *name,
		       size_t variant)
{
	fprintf(stream, "  %-26.26s", name);
	for (size_t i = first; i < json_array_size(rows) &&
			       (i == first || !scaling_begins(rows, i)); i++) {
		const json_t *row = json_array_get(rows, i);
		const json_t *cells = json_object_get(row, "cells");
		const json_t *cell = json_array_get(cells, variant);

		if (variant == json_array_size(cells))
			fprintf(stream, " %6.0f", scaling_threads(row));
		else if (json_object_get(cell, "efficiency"))
			fprintf(stream, " %6.2f", report_number(cell, "efficiency"));
		else
			fprintf(stream, " %6s", "-");
	}
	fputc('\n', stream);
}

static void print_series(FILE *stream, const json_t *rows, size_t first)
{
	const json_t *row = json_array_get(rows, first), *cell;
	const json_t *cells = json_object_get(row, "cells");
	size_t v;

	print_line(stream, rows, first, report_word(row, "workload"),
		   json_array_size(cells));
	json_array_foreach(cells, v, cell)
		print_line(stream, rows, first, report_word(cell, "variant"), v);
}

static void print_with_efficiency(FILE *stream, const json_t *result)
{
	const json_t *rows = json_object_get(result, "rows");

	report_table(stream, result);
	fprintf(stream, "\nefficiency: what each of so many threads does, beside what it "
			"does in the first column\n");
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (scaling_begins(rows, i))
			print_series(stream, rows, i);
}

/* ---- the command ----------------------------------------------------------------- */

int command_sweep_threads(const struct options *o)
{
	static const char *const usual[] = {"random-mixed", "pool-tls", "mid-large-mt",
					    "larson", "producer-consumer"};
	struct grid g = {.reference = AGAINST_BEST};
	unsigned words = o->word_count ? o->word_count : sizeof usual / sizeof usual[0];
	json_t *result;
	bool failed;

	plan_refuse(o, (struct accepted){.with = true, .effort = true,
					 .csv = true});
	plan_effort(o, &g);
	g.rows = get_memory(words * 32, sizeof *g.rows);
	for (unsigned i = 0; i < words; i++)
		add_thread_rows(&g, o->word_count ? o->words[i] : usual[i]);
	plan_settings(o, g.rows, g.row_count);
	plan_variants(o, &g);
	result = plan_measure(&g, !o->with);
	add_efficiencies(json_object_get(result, "rows"));
	failed = grid_failed(result);
	report_write(o, "sweep-threads", result, print_with_efficiency);
	json_decref(result);
	variants_free(&g.variants);
	return failed;
}
