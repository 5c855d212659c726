/* SPDX-License-Identifier: MIT */
/*
 * early.sh: a function is chosen while the loader relocates the program, before
 * any constructor, by code that allocates.  What it made is good in main().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 2000

static char *blocks[BLOCKS];

static int chosen(void)
{
	return 42;
}

/* Of all kinds: in a bin, Large and Huge. */
static size_t size_of(size_t i)
{
	return i % 500 == 0 ? 100 + i * 700 : i + 1;
}

static int (*choose(void))(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(size_of(i));
		blocks[i][0] = (char)i;
		blocks[i][size_of(i) - 1] = (char)i;
	}
	for (size_t i = 0; i < BLOCKS; i += 2) {
		free(blocks[i]);
		blocks[i] = calloc(1, size_of(i));
		if (blocks[i][0] != 0)
			return NULL;
		blocks[i] = realloc(blocks[i], 2 * size_of(i));
		blocks[i][0] = blocks[i][size_of(i) - 1] = (char)i;
	}
	return chosen;
}

static int function(void) __attribute__((ifunc("choose")));

int main(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		if (blocks[i][0] != (char)i || blocks[i][size_of(i) - 1] != (char)i)
			return 1;
		free(blocks[i]);
		free(strdup("and others"));
	}
	printf("%d\n", function());
	return 0;
}
