/* SPDX-License-Identifier: MIT */
/* What is resident of the process, for tests of memory that goes back. */
#ifndef RESIDENT_H
#define RESIDENT_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline long resident_kib(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%*d %ld", &pages) != 1) {
		fprintf(stderr, "/proc/self/statm cannot be read\n");
		exit(1);
	}
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

#endif /* RESIDENT_H */
