/* SPDX-License-Identifier: MIT */
#include "grid.h"

#include "bench/common.h"
#include "memory.h"
#include "progress.h"
#include "run.h"
#include "statistics.h"
#include "summary.h"

#include <stdio.h>
#include <stdlib.h>

/* A warm-up is this part of the usual length. */
#define WARM_UP_PART 20

/* ---- can it be measured at all? ----------------------------------------------- */

/* Takes `v` out of the list: its library is not on this machine. */
static void drop_variant(struct variants *v, size_t index)
{
	v->count--;
	for (size_t i = index; i < v->count; i++)
		v->list[i] = v->list[i + 1];
}

/* Runs the shortest workload on each, for the sentence if not for the numbers. */
void grid_probe(struct grid *g, bool optional)
{
	struct variants *v = &g->variants;
	struct row probe = row_parse("pair:ops=1000000");

	for (size_t i = 0; i < v->count;) {
		json_t *run = run_once(&probe, &v->list[i]);
		const char *why = run_failed(run);

		if (why && !optional)
			fail("%s cannot be measured: pair %s; is %s a library for "
			     "this machine that replaces malloc?",
			     v->list[i].label, why,
			     v->list[i].preload ? v->list[i].preload : "it");
		if (why) {
			fprintf(stderr, "hakmem-bench: without %s, which is not "
				"installed or does not work: pair %s\n",
				v->list[i].label, why);
			drop_variant(v, i);
		} else {
			i++;
		}
		json_decref(run);
	}
	row_free(&probe);
	if (v->count == 0)
		fail("there is no allocator to measure");
}

/* ---- one cell ------------------------------------------------------------------ */

static json_t *cell_at(json_t *rows, size_t row, size_t variant)
{
	return json_array_get(
		json_object_get(json_array_get(rows, row), "cells"), variant);
}

/* Runs a cell, unless it failed before; NULL then, and when it fails now. */
static json_t *run_cell(const struct grid *g, json_t *rows, size_t row,
			size_t variant, struct progress *p)
{
	json_t *cell = cell_at(rows, row, variant), *run;

	progress_step(p, g->rows[row].label, g->variants.list[variant].label);
	if (run_failed(cell))
		return NULL;
	run = run_once(&g->rows[row], &g->variants.list[variant]);
	if (!run_failed(run))
		return run;
	json_object_set(cell, "failed", json_object_get(run, "failed"));
	json_decref(run);
	return NULL;
}

/* ---- the unmeasured round -------------------------------------------------------- */

static uint64_t within(double wanted, const struct param *p)
{
	if (wanted < (double)p->least)
		return p->least;
	return wanted > (double)p->most ? p->most : (uint64_t)wanted;
}

/* True if this program chooses the row's length; then it starts short. */
static bool shorten(struct row *r)
{
	unsigned i = r->workload->scaled;

	if (r->length_given || i == NOT_SCALED)
		return false;
	r->request.values[i] = within((double)r->request.values[i] / WARM_UP_PART,
				      &r->workload->params[i]);
	return true;
}

static void warm_up_row(struct grid *g, json_t *rows, size_t row,
			struct progress *p)
{
	struct row *r = &g->rows[row];
	double *seconds = get_memory(g->variants.count, sizeof *seconds);
	bool calibrated = shorten(r);
	uint64_t *length = &r->request.values[r->workload->scaled % PARAMS_MAX];
	size_t count = 0;

	for (size_t v = 0; v < g->variants.count; v++) {
		json_t *run = run_cell(g, rows, row, v, p);

		if (run)
			seconds[count++] = json_number_value(
				json_object_get(run, "seconds"));
		json_decref(run);
	}
	if (calibrated && count > 0)
		*length = within((double)*length * g->cell_seconds /
					 median(seconds, count),
				 &r->workload->params[r->workload->scaled]);
	free(seconds);
}

/* ---- the measured rounds ----------------------------------------------------------- */

static void one_round(struct grid *g, json_t *rows, unsigned round,
		      struct progress *p)
{
	size_t variants = g->variants.count;

	for (size_t row = 0; row < g->row_count; row++)
		for (size_t i = 0; i < variants; i++) {
			size_t v = (i + round) % variants;
			json_t *run = run_cell(g, rows, row, v, p);

			if (run)
				json_array_append_new(
					json_object_get(cell_at(rows, row, v),
							"runs"),
					run);
		}
}

/* ---- the counted round -------------------------------------------------------------- */

/* After the others, and not timed: counting takes time of its own. */
static void count_cell(const struct grid *g, json_t *rows, size_t row,
		       size_t variant, struct progress *p)
{
	json_t *cell = cell_at(rows, row, variant), *calls;

	progress_step(p, g->rows[row].label, g->variants.list[variant].label);
	if (run_failed(cell))
		return;
	calls = run_counted(&g->rows[row], &g->variants.list[variant]);
	if (run_failed(calls)) {
		json_object_set(cell, "failed", json_object_get(calls, "failed"));
		json_decref(calls);
	} else {
		json_object_set_new(cell, "memory_calls", calls);
	}
}

static void count_calls(const struct grid *g, json_t *rows, struct progress *p)
{
	size_t variants = g->variants.count;

	for (size_t i = 0; i < g->row_count * variants; i++)
		count_cell(g, rows, i / variants, i % variants, p);
}

/* ---- the whole -------------------------------------------------------------------------- */

static json_t *empty_rows(const struct grid *g)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < g->row_count; i++) {
		json_t *cells = json_array();

		for (size_t v = 0; v < g->variants.count; v++)
			json_array_append_new(
				cells, json_pack("{s:s, s:[]}", "variant",
						 g->variants.list[v].label,
						 "runs"));
		json_array_append_new(
			rows, json_pack("{s:s, s:s, s:b, s:o}", "label",
					g->rows[i].label, "workload",
					g->rows[i].workload->name,
					"single_thread",
					row_is_single_thread(&g->rows[i]),
					"cells", cells));
	}
	return rows;
}

/* Last, because calibration changes the numbers. */
static void finish_rows(const struct grid *g, json_t *rows)
{
	for (size_t i = 0; i < g->row_count; i++) {
		json_t *row = json_array_get(rows, i);
		json_t *cells = json_object_get(row, "cells");
		const char *time = time_field(cells, row_is_single_thread(&g->rows[i]));

		json_object_set_new(row, "params", row_params(&g->rows[i]));
		json_object_set_new(row, "time_field", json_string(time));
		summarize_cells(cells, g->reference, time);
	}
}

static json_t *variants_json(const struct variants *v)
{
	json_t *list = json_array();

	for (size_t i = 0; i < v->count; i++)
		json_array_append_new(list, variant_json(&v->list[i]));
	return list;
}

json_t *grid_run(struct grid *g, bool optional)
{
	bool warm_up = g->cell_seconds > 0;
	struct progress p;
	json_t *rows;

	grid_probe(g, optional);
	rows = empty_rows(g);
	p = progress_begin(g->row_count * g->variants.count *
			   (g->rounds + warm_up + !g->uncounted));
	if (warm_up)
		for (size_t row = 0; row < g->row_count; row++)
			warm_up_row(g, rows, row, &p);
	for (unsigned round = 0; round < g->rounds; round++)
		one_round(g, rows, round, &p);
	if (!g->uncounted)
		count_calls(g, rows, &p);
	progress_end(&p);
	finish_rows(g, rows);
	return json_pack("{s:i, s:o, s:o, s:o}", "rounds", (int)g->rounds,
			 "variants", variants_json(&g->variants), "rows", rows,
			 "summary", summary_of_rows(rows));
}

bool grid_failed(const json_t *result)
{
	json_t *row, *cell;
	size_t i, j;

	json_array_foreach(json_object_get(result, "rows"), i, row)
		json_array_foreach(json_object_get(row, "cells"), j, cell)
			if (run_failed(cell))
				return true;
	return false;
}
