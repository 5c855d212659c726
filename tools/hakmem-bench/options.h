/* SPDX-License-Identifier: MIT */
/* options: the command line, read by argp. */
#ifndef HAKMEM_BENCH_OPTIONS_H
#define HAKMEM_BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum format { AS_TEXT, AS_JSON, AS_CSV };
enum effort { USUAL, QUICK, FULL };

#define SETTINGS_MAX 32

struct options {
	char *command;
	char **words; /* after the command, ended by NULL */
	unsigned word_count;
	const char *with, *a, *b, *output; /* NULL where not given */
	enum format format;
	enum effort effort;
	unsigned rounds, limit; /* 0 where not given */
	/* --PARAM=VALUE, in the order given */
	struct setting {
		const char *name, *value;
	} settings[SETTINGS_MAX];
	unsigned setting_count;
};

/* Serves --help, --usage and --version; bad options end with status 2. */
void options_read(int argc, char **argv, struct options *o);

#endif /* HAKMEM_BENCH_OPTIONS_H */
