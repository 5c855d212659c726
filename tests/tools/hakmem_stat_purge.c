/* SPDX-License-Identifier: MIT */
/*
 * For hakmem_stat_purge.sh: fills and frees 40 MiB, says so, and then makes a slow call
 * for each byte on stdin; with an argument, one each millisecond.  Ends with stdin.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS 10000
#define BLOCK 4096

static char *blocks[BLOCKS];

int main(int argc, char **argv)
{
	char byte;

	(void)argv;
	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK);
		if (!blocks[i])
			return 1;
		memset(blocks[i], 1, BLOCK);
	}
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		return 1;
	while (argc > 1 ? usleep(1000) == 0 : read(STDIN_FILENO, &byte, 1) == 1)
		free(malloc((size_t)2 << 20));
	return 0;
}
