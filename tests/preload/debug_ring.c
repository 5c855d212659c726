/* SPDX-License-Identifier: MIT */
/*
 * debug_ring.sh: with the argument "handler" it prints the ring from a signal
 * handler, without one it frees a pointer that is no block.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

static size_t (*print)(void (*)(void *, const char *), void *);

static void on_signal(int number)
{
	(void)number;
	print(NULL, NULL);
}

int main(int argc, char **argv)
{
	char *block = malloc(100000);

	(void)argv;
	*(void **)&print = dlsym(RTLD_DEFAULT, "hak_debug_ring_print");
	if (argc == 2) {
		signal(SIGUSR1, on_signal);
		raise(SIGUSR1);
		return 0;
	}
	free(block + 8);
	return 0;
}
