/* SPDX-License-Identifier: MIT */
/* hakmem-run --leaks: runs the program and then shows what its processes have lost. */
#ifndef HAKMEM_RUN_LEAKS_H
#define HAKMEM_RUN_LEAKS_H

#include <stdbool.h>
#include <stddef.h>

/* As many as hakmem-heap takes. */
#define SUPPRESSIONS_MAX 64

struct leaks {
	bool wanted, given; /* given: an option that belongs to it was */
	const char *suppress[SUPPRESSIONS_MAX];
	size_t suppressions;
	int status;	    /* when there are leaks; 0: that of the program */
	const char *folder; /* NULL: a temporary one */
	const char *output; /* NULL: stderr */
};

/*
 * pre: the environment is that of the program.  Returns the exit status; does not return
 * if a signal has killed the program.
 */
int leaks_run(const struct leaks *l, const char *path, char **argv);

#endif /* HAKMEM_RUN_LEAKS_H */
