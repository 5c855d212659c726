/* SPDX-License-Identifier: MIT */
/* report: a result, as a person or a program wants to read it. */
#ifndef HAKMEM_BENCH_REPORT_H
#define HAKMEM_BENCH_REPORT_H

#include "options.h"

#include <jansson.h>
#include <stdio.h>

/*
 * Adds to a result what every report has (the kind, this tool's version, the
 * machine), and writes it where and as the options say; as text, `print_text`
 * writes what follows the machine.
 */
void report_write(const struct options *o, const char *kind, json_t *result,
		  void (*print_text)(FILE *, const json_t *));

/* Every number of every run of a grid. */
void report_runs(FILE *stream, const json_t *result);

/* A table of a grid's medians. */
void report_table(FILE *stream, const json_t *result);

/* Are the times of this row CPU times? */
bool report_is_cpu_time(const json_t *row);

/* A member of an object; 0 or "" where there is none. */
double report_number(const json_t *object, const char *name);
const char *report_word(const json_t *object, const char *name);

#endif /* HAKMEM_BENCH_REPORT_H */
