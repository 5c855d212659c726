/* SPDX-License-Identifier: MIT */
/*
 * fork() with everything in its way that others may put there: handlers that
 * allocate and were registered before the library's, and a thread that
 * allocates while it holds the lock of libc's list of streams.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKS = 100, BLOCKS = 100 };

/* Enough blocks of many sizes that the slow paths are taken. */
static void allocate(void)
{
	static __thread void *block[BLOCKS];

	for (size_t i = 0; i < BLOCKS; i++) {
		block[i] = malloc(i * 61);
		if (!block[i])
			abort();
		memset(block[i], 1, i * 61);
	}
	for (size_t i = 0; i < BLOCKS; i++)
		free(block[i]);
}

static void register_early(void)
{
	pthread_atfork(allocate, allocate, allocate);
}

/* Before every constructor, the library's too. */
__attribute__((section(".preinit_array"), used)) static void (*early)(void) =
	register_early;

static ssize_t write_nothing(void *cookie, const char *text, size_t length)
{
	(void)cookie;
	(void)text;
	allocate();
	return (ssize_t)length;
}

static void *flush_all_the_time(void *arg)
{
	cookie_io_functions_t functions = {.write = write_nothing};
	FILE *stream = fopencookie(NULL, "w", functions);

	for (;;) {
		fputs("x", stream);
		fflush(NULL);
	}
	return arg;
}

static void *use_streams(void *arg)
{
	fflush(NULL);
	allocate();
	return arg;
}

/* In the child: threads can be made, streams flushed, blocks had. */
static int child(void)
{
	pthread_t thread;

	alarm(30);
	allocate();
	if (pthread_create(&thread, NULL, use_streams, NULL) != 0)
		return 1;
	return pthread_join(thread, NULL);
}

static void fork_often(void)
{
	for (int i = 0; i < FORKS; i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0)
			_exit(child());
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
			printf("child %d ended with status %x\n", i, status);
			exit(1);
		}
	}
}

int main(void)
{
	pthread_t thread;

	alarm(120);
	fork_often(); /* alone, when libc leaves its streams unlocked */
	if (pthread_create(&thread, NULL, flush_all_the_time, NULL) != 0)
		return 1;
	fork_often();
	puts("done");
	return 0;
}
