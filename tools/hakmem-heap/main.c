/* SPDX-License-Identifier: MIT */
/* hakmem-heap: shows who holds the memory that is in a heap profile. */
#include "heap.h"
#include "leaks.h"
#include "tools/hakmem-bench/output.h"

#include <locale.h>

static const struct command commands[] = {
	{"top", "FILE", "functions by what they hold", 1, false, .run = command_top},
	{"tree", "FILE", "the calls that led there, as a tree", 1, true, .run = command_tree},
	{"diff", "BEFORE AFTER", "what has grown, the most first", 2, false, .run = command_diff},
	{"flame", "FILE", "the tree as a picture (SVG)", 1, true, .run = command_flame},
	{"leaks", "FILE...", "what HAKMEM_LEAKS has found; FILE may be a folder",
	 .run_files = command_leaks},
	{"pprof", "FILE", "the profile again, with names in it, for other viewers", 1, false,
	 .run = command_pprof},
	{.name = NULL},
};

int main(int argc, char **argv)
{
	struct arguments a;
	struct heap h = {.unit = NULL};
	struct output o;
	int status = 0;

	/* Only for the lines of the tree: numbers have a point everywhere. */
	setlocale(LC_CTYPE, "");
	arguments_read(&a, argc, argv, commands);
	output_check(a.output);
	if (a.command->run)
		h = heap_read(&a);
	o = output_open(a.output);
	if (a.command->run)
		a.command->run(&a, &h, o.stream);
	else
		status = a.command->run_files(&a, o.stream);
	output_close(&o);
	heap_free(&h);
	return status;
}
