/* SPDX-License-Identifier: MIT */
/*
 * For profile_files.sh: does one thing after the other.
 *
 *   profile_files ACTION...
 *
 *   first, second   allocate and touch 40 MiB at a place of that name
 *   wait FILE       until the file is there
 *   threads N       fail unless the process has so many threads
 *   fork            the child does the rest, and the parent waits for it
 *   leave           ends its only thread, not the process
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "thread_count.h"

#define BLOCKS 10000
#define SIZE 4000
#define PATIENCE 1200 /* tenths of a second */

static void *keep[2][BLOCKS];

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "profile_files: failed: %s\n", what);
	_exit(1);
}

__attribute__((noinline)) static void first(int i)
{
	keep[0][i] = malloc(SIZE);
	memset(keep[0][i], 1, SIZE);
}

__attribute__((noinline)) static void second(int i)
{
	keep[1][i] = malloc(SIZE);
	memset(keep[1][i], 1, SIZE);
}

static void repeat(void (*place)(int))
{
	for (int i = 0; i < BLOCKS; i++)
		place(i);
}

static void wait_for(const char *file)
{
	for (int i = 0; i < PATIENCE && access(file, F_OK) != 0; i++)
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	must(access(file, F_OK) == 0, file);
}

/* In the child it returns. */
static void in_child(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		return;
	must(waitpid(child, &status, 0) == child && status == 0, "the child");
	exit(0);
}

int main(int argc, char **argv)
{
	(void)argc;
	for (char **action = argv + 1; *action; action++) {
		if (strcmp(*action, "first") == 0)
			repeat(first);
		else if (strcmp(*action, "second") == 0)
			repeat(second);
		else if (strcmp(*action, "wait") == 0)
			wait_for(*++action);
		else if (strcmp(*action, "threads") == 0)
			must(thread_count() == atoi(*++action), "the number of threads");
		else if (strcmp(*action, "fork") == 0)
			in_child();
		else if (strcmp(*action, "leave") == 0)
			pthread_exit(NULL);
		else
			must(0, *action);
	}
	return 0;
}
