/* SPDX-License-Identifier: MIT */
/* arguments: the command line. */
#ifndef HAKMEM_HEAP_ARGUMENTS_H
#define HAKMEM_HEAP_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct arguments;
struct heap;

struct command {
	const char *name, *files, *help;
	int count; /* of files */
	bool from_root; /* order of the functions of a stack */
	void (*run)(const struct arguments *a, const struct heap *h, FILE *out);
};

struct arguments {
	const struct command *command;
	const char *file, *base; /* NULL: nothing to compare with */
	const char *kind, *output;
	size_t number; /* of lines or stacks */
	double share; /* from 0 to 1: less is not shown */
	bool cumulative, callers, lines, all_frames, json;
};

/* Serves --help and --version; what is not understood ends with status 2. */
void arguments_read(struct arguments *a, int argc, char **argv,
		    const struct command *commands);

#endif /* HAKMEM_HEAP_ARGUMENTS_H */
