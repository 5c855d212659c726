/* SPDX-License-Identifier: MIT */
/*
 * run: one run of a row on a variant, in a process of its own.
 *
 * The process is this very program, started with --measure; it prints what the
 * small programs of bench/ print.  A run that crashes, takes too long, fails,
 * uses no CPU time or turns out to have used another malloc than asked for has no
 * numbers, only a reason.  Whatever a run started ends with it, and with us.
 */
#ifndef HAKMEM_BENCH_RUN_H
#define HAKMEM_BENCH_RUN_H

#include "row.h"
#include "variant.h"

/* How long a run may take, from now on. */
void run_set_limit(unsigned seconds);

/* The numbers by name, or {"failed": reason}. */
json_t *run_once(const struct row *r, const struct variant *v);

/*
 * The system calls for memory of the same run, by name; null where they cannot
 * be counted; or {"failed": reason}.
 */
json_t *run_counted(const struct row *r, const struct variant *v);

/* The reason, or NULL for a run that went well. */
const char *run_failed(const json_t *run);

/*
 * Runs the row under a `wrapper`, a command ended by NULL that has to see to
 * the environment.  What it prints is in `out`, to be freed.  Returns NULL, or
 * why it has no result, to be freed.
 */
char *run_wrapped(const struct row *r, const struct variant *v, char **wrapper,
		  char **out);

/* NULL, or why these numbers do not count, to be freed. */
char *run_void(const json_t *run, const struct variant *v);

/* The line that --measure prints, as an object; NULL if it is none. */
json_t *run_parse(const char *line);

#endif /* HAKMEM_BENCH_RUN_H */
