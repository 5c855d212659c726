/* SPDX-License-Identifier: MIT */
/*
 * early.sh: blocks made before main(), passed on, and freed after it, in the
 * order of constructors, main, atexit, destructors.  Prints each station.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATIONS 400

static char *early[STATIONS], *middle[STATIONS];

/* write(2): stdio may be gone where this is called. */
static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(1);
}

static void make(char **blocks, char mark)
{
	for (size_t i = 0; i < STATIONS; i++) {
		blocks[i] = malloc(i * i + 1);
		memset(blocks[i], mark, i * i + 1);
	}
}

static void drop(char **blocks, char mark)
{
	for (size_t i = 0; i < STATIONS; i++) {
		if (blocks[i][0] != mark || blocks[i][i * i] != mark)
			_exit(1);
		free(blocks[i]);
	}
}

static void *in_thread(void *arg)
{
	drop(arg, 'e');
	make(arg, 't');
	return NULL;
}

static void run_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, in_thread, early) != 0 ||
	    pthread_join(thread, NULL) != 0)
		_exit(1);
}

__attribute__((constructor(101))) static void first_constructor(void)
{
	make(early, 'e');
	say("first constructor\n");
}

__attribute__((constructor)) static void last_constructor(void)
{
	run_thread();
	say("last constructor\n");
}

static void at_exit(void)
{
	drop(middle, 'm');
	make(middle, 'x');
	say("atexit\n");
}

__attribute__((destructor)) static void first_destructor(void)
{
	drop(middle, 'x');
	make(middle, 'd');
	say("first destructor\n");
}

__attribute__((destructor(101))) static void last_destructor(void)
{
	drop(middle, 'd');
	drop(early, 't');
	free(strdup("the end"));
	say("last destructor\n");
}

int main(void)
{
	if (setvbuf(stdout, NULL, _IOFBF, 1 << 16) != 0)
		return 1;
	atexit(at_exit);
	make(middle, 'm');
	say("main\n");
	return 0;
}
