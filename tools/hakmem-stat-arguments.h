/* SPDX-License-Identifier: MIT */
/* hakmem-stat: its command line. */
#ifndef HAKMEM_STAT_ARGUMENTS_H
#define HAKMEM_STAT_ARGUMENTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "hakmem-stat-table.h"

enum format { FORMAT_TEXT, FORMAT_BRIEF, FORMAT_JSON, FORMAT_METRICS };

struct arguments {
	bool all;
	pid_t pid; /* unless all */
	enum format format;
	double watch; /* seconds; 0: once */
	bool purge;
	bool profile;
	bool top;
	unsigned count; /* of looks of --top; 0: until the process ends */
	double seconds;	    /* of the profile; 0: as is usual */
	const char *output; /* its file; NULL: the usual one */
	double timeout;	    /* seconds, of a purge and a profile */
	const struct column *sort;
};

/* Serves --help and --version; what is not understood ends with status 2. */
void arguments_read(struct arguments *a, int argc, char **argv);

#endif /* HAKMEM_STAT_ARGUMENTS_H */
