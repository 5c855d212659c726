/* SPDX-License-Identifier: MIT */
/* hakmem-heap: shows who holds the memory that is in a heap profile. */
#include "heap.h"
#include "tools/hakmem-bench/output.h"

#include <locale.h>

static const struct command commands[] = {
	{"top", "FILE", "functions by what they hold", 1, false, command_top},
	{"tree", "FILE", "the calls that led there, as a tree", 1, true, command_tree},
	{"diff", "BEFORE AFTER", "what has grown, the most first", 2, false, command_diff},
	{"flame", "FILE", "the tree as a picture (SVG)", 1, true, command_flame},
	{"pprof", "FILE", "the profile again, with names in it, for other viewers", 1, false,
	 command_pprof},
	{.name = NULL},
};

int main(int argc, char **argv)
{
	struct arguments a;
	struct heap h;
	struct output o;

	/* Only for the lines of the tree: numbers have a point everywhere. */
	setlocale(LC_CTYPE, "");
	arguments_read(&a, argc, argv, commands);
	output_check(a.output);
	h = heap_read(&a);
	o = output_open(a.output);
	a.command->run(&a, &h, o.stream);
	output_close(&o);
	heap_free(&h);
	return 0;
}
