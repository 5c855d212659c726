/* SPDX-License-Identifier: MIT */
/*
 * For hakmem_stat_top.sh: for each line of its input it allocates at the place of that
 * name, and says "done NUMBER".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL(call)                                  \
	do {                                        \
		call;                               \
		__asm__ volatile("" : : : "memory"); \
	} while (0)

static void *keep[1 << 16];
static size_t kept;

__attribute__((noinline)) static void in_small(void)
{
	CALL(keep[kept++] = malloc(1000));
}

__attribute__((noinline)) static void in_huge(void)
{
	CALL(keep[kept++] = malloc(20000000));
}

__attribute__((noinline)) static void in_freed(void)
{
	CALL(free(malloc(20000000)));
}

static void serve(const char *line)
{
	if (strcmp(line, "small\n") == 0)
		for (int i = 0; i < 10000; i++)
			CALL(in_small());
	else if (strcmp(line, "huge\n") == 0)
		CALL(in_huge());
	else if (strcmp(line, "freed\n") == 0)
		CALL(in_freed());
}

int main(void)
{
	char line[80];
	int lines = 0;

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		serve(line);
		printf("done %d\n", ++lines);
		fflush(stdout);
	}
	return 0;
}
