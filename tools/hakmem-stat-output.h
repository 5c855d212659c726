/* SPDX-License-Identifier: MIT */
/* hakmem-stat: what it writes of the processes that it read, in each format. */
#ifndef HAKMEM_STAT_OUTPUT_H
#define HAKMEM_STAT_OUTPUT_H

#include <stdio.h>

#include "hakmem-stat-table.h"

/* All numbers of one process, for people. */
void output_text(FILE *out, const struct process *p);

/* The same as an object on one line. */
void output_json(FILE *out, const struct process *p);

/* A line with the time, and the heading of such lines. */
void output_brief_heading(FILE *out);
void output_brief(FILE *out, const struct process *p);

/* The numbers of all processes as metrics of Prometheus, ended by "# EOF". */
void output_metrics(FILE *out, const struct table *t);

/* A name between quotes as JSON and Prometheus read it. */
void output_quoted(FILE *out, const char *text);

#endif /* HAKMEM_STAT_OUTPUT_H */
