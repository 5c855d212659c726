/* SPDX-License-Identifier: MIT */
/* The main of each small program, whose name says which workload it runs. */
#include "common.h"
#include "workload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	const struct workload *w = workload_find(program_invocation_short_name);
	char usage[256];

	if (!w)
		fail("there is no workload of that name");
	workload_usage(w, usage, sizeof usage);
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		printf("usage: %s %s%s\n%s\n", program_invocation_short_name,
		       w->dry ? "[--dry] " : "", usage, w->summary);
	else
		workload_main(w, argv + 1, false);
	return 0;
}
