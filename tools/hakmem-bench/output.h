/* SPDX-License-Identifier: MIT */
/*
 * output: where a result goes: stdout, or a file that appears whole or not at
 * all.
 */
#ifndef HAKMEM_BENCH_OUTPUT_H
#define HAKMEM_BENCH_OUTPUT_H

#include <stdio.h>

struct output {
	FILE *stream;
	char *path, *temporary; /* NULL for stdout */
};

/* Fails now, and not after an hour's work, if `path` could not be written. */
void output_check(const char *path);

/* `path` NULL: stdout. */
struct output output_open(const char *path);

/* Removes the temporary file of that name, and fails with this sentence. */
__attribute__((noreturn)) void output_abandon(const char *temporary, const char *why);

/* Fails, with nothing left behind, unless all of it was written. */
void output_close(struct output *o);

#endif /* HAKMEM_BENCH_OUTPUT_H */
