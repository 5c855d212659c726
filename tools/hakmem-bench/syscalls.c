/* SPDX-License-Identifier: MIT */
/*
 * syscalls: the system calls for memory that a workload causes on each
 * allocator, as strace sees them.
 *
 * The process marks begin and end of the workload by a write to no file, so
 * that what the loader and the check afterwards do is not counted.
 */
#include "bench/common.h"
#include "commands.h"
#include "counter.h"
#include "memory.h"
#include "plan.h"
#include "report.h"
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACED "trace=mmap,munmap,mremap,mprotect,madvise,brk,write"
/* strace makes each call slow, so runs are this part of the usual length. */
#define PART 20

/* ---- one run under strace ----------------------------------------------------- */

/* strace sets the environment of what it starts, not its own. */
static char **strace_words(const struct variant *v, char *trace)
{
	static const char *const start[] = {"strace", "-f", "-qq", "-e", TRACED,
					    "-o"};
	size_t n = sizeof start / sizeof start[0], variables = 0;
	char **words;

	while (v->assignments && v->assignments[variables])
		variables++;
	words = get_memory(n + 3 + 2 * variables + 1, sizeof *words);
	memcpy(words, start, sizeof start);
	words[n++] = trace;
	if (v->preload) {
		words[n++] = (char *)"-E";
		words[n++] = *v->preload ? print_text("LD_PRELOAD=%s", v->preload) :
					   copy_text("LD_PRELOAD");
	}
	for (size_t i = 0; i < variables; i++) {
		words[n++] = (char *)"-E";
		words[n++] = v->assignments[i];
	}
	return words;
}

/* Lines are "PID call(...": which of memory_calls, or MEMORY_CALLS. */
static size_t call_of(const char *line)
{
	size_t length, i = 0;

	line += strspn(line, "0123456789");
	line += strspn(line, " ");
	length = strcspn(line, "(");
	while (i < MEMORY_CALLS && (strlen(memory_calls[i].name) != length ||
				    memcmp(line, memory_calls[i].name, length) != 0))
		i++;
	return i;
}

/* Between the two marks. */
static json_t *count_calls(FILE *trace)
{
	unsigned long count[MEMORY_CALLS + 1] = {0};
	bool inside = false;
	char line[1024];

	while (fgets(line, sizeof line, trace))
		if (strstr(line, "write(-1, \"" RUN_BEGINS))
			inside = true;
		else if (strstr(line, "write(-1, \"" RUN_ENDS))
			inside = false;
		else if (inside)
			count[call_of(line)]++;
	return memory_calls_json(count);
}

/* {"variant", "ops", "calls"} or {"variant", "failed"}. */
static json_t *trace_cell(const struct row *r, const struct variant *v)
{
	char path[] = "/tmp/hakmem-bench-trace.XXXXXX";
	int file = mkstemp(path);
	FILE *trace = file < 0 ? NULL : fdopen(file, "r");
	json_t *run, *cell = json_pack("{s:s}", "variant", v->label);
	char *out, *why;

	if (!trace)
		fail("cannot make %s: %s", path, strerror(errno));
	why = run_wrapped(r, v, strace_words(v, path), &out);
	unlink(path);
	run = why ? NULL : run_parse(out);
	if (!why)
		why = run_void(run, v);
	if (why) {
		json_object_set_new(cell, "failed", json_string(why));
	} else {
		json_object_set(cell, "ops", json_object_get(run, "ops"));
		json_object_set_new(cell, "calls", count_calls(trace));
	}
	fclose(trace);
	json_decref(run);
	free(out);
	free(why);
	return cell;
}

/* ---- the table ------------------------------------------------------------------- */

static void print_calls(FILE *stream, const json_t *cell)
{
	const json_t *calls = json_object_get(cell, "calls");
	double all = 0;

	fprintf(stream, "  %-26.26s", report_word(cell, "variant"));
	if (run_failed(cell)) {
		fprintf(stream, " FAILED: %s\n", run_failed(cell));
		return;
	}
	for (size_t i = 0; i < MEMORY_CALLS; i++) {
		fprintf(stream, " %9.0f", report_number(calls, memory_calls[i].name));
		all += report_number(calls, memory_calls[i].name);
	}
	fprintf(stream, " %9.0f %9.3g\n", all,
		all * 1e6 / report_number(cell, "ops"));
}

static void print_table(FILE *stream, const json_t *result)
{
	const json_t *row, *cell;
	size_t i, j;

	fprintf(stream, "\n  %-26s", "");
	for (i = 0; i < MEMORY_CALLS; i++)
		fprintf(stream, " %9s", memory_calls[i].name);
	fprintf(stream, " %9s %9s\n", "all", "per Mop");
	json_array_foreach(json_object_get(result, "rows"), i, row) {
		fprintf(stream, "\n%s\n", report_word(row, "label"));
		json_array_foreach(json_object_get(row, "cells"), j, cell)
			print_calls(stream, cell);
	}
}

/* ---- the command ----------------------------------------------------------------- */

static json_t *trace_row(struct row *r, const struct variants *v)
{
	unsigned scaled = r->workload->scaled;
	json_t *cells = json_array();

	if (!r->length_given && scaled != NOT_SCALED)
		r->request.values[scaled] = r->request.values[scaled] / PART + 1;
	for (size_t i = 0; i < v->count; i++)
		json_array_append_new(cells, trace_cell(r, &v->list[i]));
	return json_pack("{s:s, s:s, s:o, s:o}", "label", r->label, "workload",
			 r->workload->name, "params", row_params(r), "cells",
			 cells);
}

int command_syscalls(const struct options *o)
{
	struct grid g = {.rows = NULL};
	json_t *rows = json_array(), *result;
	bool failed;

	plan_refuse(o, (struct accepted){.with = true});
	if (o->word_count == 0)
		refuse("syscalls needs a workload, such as random-mixed");
	if (system("strace -V >/dev/null 2>&1") != 0)
		fail("syscalls needs strace, which is not installed; install the "
		     "package strace");
	plan_rows(o, &g);
	plan_variants(o, &g);
	grid_probe(&g, !o->with);
	for (size_t i = 0; i < g.row_count; i++)
		json_array_append_new(rows, trace_row(&g.rows[i], &g.variants));
	result = json_pack("{s:o}", "rows", rows);
	failed = grid_failed(result);
	report_write(o, "syscalls", result, print_table);
	json_decref(result);
	return failed;
}
