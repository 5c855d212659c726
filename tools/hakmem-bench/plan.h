/* SPDX-License-Identifier: MIT */
/* plan: from the command line to a grid, and from its result to a report. */
#ifndef HAKMEM_BENCH_PLAN_H
#define HAKMEM_BENCH_PLAN_H

#include "grid.h"
#include "options.h"

/* Options that not every command has. */
struct accepted {
	bool with, effort, sides, csv;
};

/* Refuses what was given but is not accepted, and a bad place for the output. */
void plan_refuse(const struct options *o, struct accepted accepted);

/* Rounds and their length. */
void plan_effort(const struct options *o, struct grid *g);

/* The workloads named, or the usual choice; with the numbers set by name. */
void plan_rows(const struct options *o, struct grid *g);

/* Applies --PARAM=VALUE to all rows that have it; refuses one that none has. */
void plan_settings(const struct options *o, struct row *rows, size_t count);

/* Those of --with, or every one known by name. */
void plan_variants(const struct options *o, struct grid *g);

/* The one library of --with (libhakmem) for commands that vary the rest. */
struct variant plan_library(const struct options *o);

/* Measures; names the reference in the result. */
json_t *plan_measure(struct grid *g, bool optional);

/* Measures and reports as a table; the exit status. */
int plan_carry_out(const struct options *o, struct grid *g, const char *kind,
		   bool optional);

#endif /* HAKMEM_BENCH_PLAN_H */
