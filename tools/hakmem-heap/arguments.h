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
	int count; /* of files; 0: one or more */
	bool from_root; /* order of the functions of a stack */
	void (*run)(const struct arguments *a, const struct heap *h, FILE *out);
	/* In its place, for one that reads the files itself.  Returns the exit status. */
	int (*run_files)(const struct arguments *a, FILE *out);
};

#define SUPPRESSIONS_MAX 64

struct arguments {
	const struct command *command;
	const char *file, *base; /* NULL: nothing to compare with */
	char **files;		 /* all of them */
	int count;
	const char *suppress[SUPPRESSIONS_MAX + 1]; /* the last is NULL */
	const char *kind, *output;
	size_t number; /* of lines or stacks */
	double share; /* from 0 to 1: less is not shown */
	bool cumulative, callers, lines, all_frames, json;
};

/* Serves --help and --version; what is not understood ends with status 2. */
void arguments_read(struct arguments *a, int argc, char **argv,
		    const struct command *commands);

#endif /* HAKMEM_HEAP_ARGUMENTS_H */
