/* SPDX-License-Identifier: MIT */
/* A crash reporter: it allocates when the library aborts over a double free. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 20000, SIZE = 4096 };

static void *block[BLOCKS];

static void report(int number)
{
	static const char text[] = "reported\n";

	for (int i = 0; i < 1000; i++)
		memset(malloc(SIZE), number, SIZE);
	_exit(write(STDOUT_FILENO, text, sizeof(text) - 1) < 0);
}

int main(void)
{
	alarm(60);
	signal(SIGABRT, report);
	for (int i = 0; i < BLOCKS; i++)
		block[i] = malloc(SIZE);
	/* So many that they go home to their slabs, where the second is seen. */
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
	return 0;
}
