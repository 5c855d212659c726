/* SPDX-License-Identifier: MIT */
/*
 * For hakmem_stat_profile.sh: allocates all the time, at three places, until its input
 * ends; "sleep": waits for that, and then ends.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS 65536

static void *keep[BLOCKS];

#define CALL(call)                                  \
	do {                                        \
		call;                               \
		__asm__ volatile("" : : : "memory"); \
	} while (0)

/* Of 2000 bytes each: 131 MB live, once all were replaced. */
__attribute__((noinline)) static void in_kept(size_t i)
{
	free(keep[i]);
	CALL(keep[i] = malloc(2000));
}

__attribute__((noinline)) static void in_churn(void)
{
	void *block;

	CALL(block = malloc(4000));
	free(block);
}

__attribute__((noinline)) static void in_large(void)
{
	void *block;

	CALL(block = malloc(400000));
	free(block);
}

static void run(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		CALL(in_kept(i));
		CALL(in_churn());
		if (i % 256 == 0)
			CALL(in_large());
	}
}

int main(int argc, char **argv)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	int wait = argc > 1 && strcmp(argv[1], "sleep") == 0 ? -1 : 0;

	run();
	puts("ready");
	fflush(stdout);
	while (poll(&input, 1, wait) == 0)
		run();
	return 0;
}
