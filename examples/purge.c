/* SPDX-License-Identifier: MIT */
/* A program of two phases gives back after the first what the second does not need. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hakmem.h>

enum { BLOCKS = 50000, SIZE = 1000 };

/* Needs 50 MB for a moment. */
static int load(void)
{
	static char *blocks[BLOCKS];
	int is_enough = 1;

	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(SIZE);
		if (blocks[i])
			memset(blocks[i], 1, SIZE);
		else
			is_enough = 0;
	}
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	return is_enough;
}

int main(void)
{
	if (!load())
		return EXIT_FAILURE;
	printf("%zu bytes given back before the program waits\n", hak_purge());
	return EXIT_SUCCESS;
}
