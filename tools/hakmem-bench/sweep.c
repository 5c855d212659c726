/* SPDX-License-Identifier: MIT */
/*
 * sweep: libhakmem under a grid of its arena variables, and which of them are on
 * the frontier: no other is both faster and smaller.
 */
#include "bench/common.h"
#include "commands.h"
#include "memory.h"
#include "plan.h"
#include "report.h"
#include "run.h"

#include <stdlib.h>

static const unsigned inits[] = {1, 2, 4, 8, 16};
static const unsigned mosts[] = {8, 16, 64};

#define INITS (sizeof inits / sizeof inits[0])
#define MOSTS (sizeof mosts / sizeof mosts[0])

/* Chunks that start at `init` MiB and double until they are `most`. */
static void add_variant(struct variants *v, const struct variant *base,
			unsigned init, unsigned most)
{
	unsigned levels = 0;
	char *words;

	while (init << levels < most)
		levels++;
	words = print_text("HAKMEM_POOL_TLS_ARENA_MB_INIT=%u "
			   "HAKMEM_POOL_TLS_ARENA_MB_MAX=%u "
			   "HAKMEM_POOL_TLS_ARENA_GROWTH_LEVELS=%u",
			   init, most, levels);
	variants_add_words(v, base, words);
	free(words);
	free(v->list[v->count - 1].label);
	v->list[v->count - 1].label =
		print_text("init=%u max=%u levels=%u", init, most, levels);
}

static bool beats(const json_t *a, const json_t *b)
{
	double faster = report_number(a, "median_mops") -
			report_number(b, "median_mops");
	double smaller = report_number(b, "median_rss_peak_kb") -
			 report_number(a, "median_rss_peak_kb");

	return !run_failed(a) && faster >= 0 && smaller >= 0 &&
	       (faster > 0 || smaller > 0);
}

static void mark_frontier(json_t *cells)
{
	json_t *cell, *other;
	size_t i, j;

	json_array_foreach(cells, i, cell) {
		bool beaten = run_failed(cell) != NULL;

		json_array_foreach(cells, j, other)
			beaten = beaten || beats(other, cell);
		if (!beaten)
			json_object_set_new(cell, "frontier", json_true());
	}
}

static void name_rows(const struct options *o, struct grid *g)
{
	static char *usual[] = {(char *)"pool-tls:threads=2,slots=1024",
				(char *)"burst:mib=64,size=1024", NULL};
	struct options named = *o;

	if (o->word_count == 0) {
		named.words = usual;
		named.word_count = 2;
	}
	plan_rows(&named, g);
}

int command_sweep(const struct options *o)
{
	struct grid g = {.reference = AGAINST_FIRST};
	struct variant base;
	json_t *result, *row;
	bool failed;
	size_t i;

	plan_refuse(o, (struct accepted){.with = true, .effort = true,
					 .csv = true});
	base = plan_library(o);
	plan_effort(o, &g);
	name_rows(o, &g);
	variants_add_words(&g.variants, &base, "");
	for (i = 0; i < INITS * MOSTS; i++)
		if (inits[i / MOSTS] <= mosts[i % MOSTS])
			add_variant(&g.variants, &base, inits[i / MOSTS],
				    mosts[i % MOSTS]);
	result = plan_measure(&g, false);
	json_array_foreach(json_object_get(result, "rows"), i, row)
		mark_frontier(json_object_get(row, "cells"));
	failed = grid_failed(result);
	report_write(o, "sweep", result, report_table);
	json_decref(result);
	return failed;
}
