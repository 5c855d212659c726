/* SPDX-License-Identifier: MIT */
/* Reads the statistics of the heap before and after some work. */
#include <stdio.h>
#include <stdlib.h>

#include <hakmem.h>

enum { BLOCKS = 10000, SIZE = 200 };

static void print(const char *when)
{
	hak_stats_t s;

	if (hak_stats(&s, sizeof(s)) != 0)
		abort();
	printf("%-8s %9llu bytes in blocks, %9llu mapped\n", when,
	       (unsigned long long)s.allocated, (unsigned long long)s.mapped);
}

int main(void)
{
	static void *blocks[BLOCKS];

	print("start");
	for (int i = 0; i < BLOCKS; i++)
		if (!(blocks[i] = malloc(SIZE)))
			return EXIT_FAILURE;
	print("full");
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	print("empty");
	/* All of the numbers, as text; HAK_STATS_JSON is for programs. */
	return hak_stats_print(NULL, NULL, HAK_STATS_TEXT);
}
