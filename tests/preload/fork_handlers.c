/* SPDX-License-Identifier: MIT */
/*
 * fork() with everything in its way that others may put there: handlers that
 * allocate and take a lock under which other threads allocate, registered before
 * every constructor and after, and a thread that allocates while it holds the
 * lock of libc's list of streams.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKS = 100, BLOCKS = 100, LOCKERS = 2 };

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

static pthread_mutex_t early_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t late_lock = PTHREAD_MUTEX_INITIALIZER;

static void take(pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
	allocate();
}

static void give(pthread_mutex_t *lock)
{
	allocate();
	pthread_mutex_unlock(lock);
}

static void early_prepare(void)
{
	take(&early_lock);
}

static void early_after(void)
{
	give(&early_lock);
}

static void late_prepare(void)
{
	take(&late_lock);
}

static void late_after(void)
{
	give(&late_lock);
}

/* As a library that keeps a heap of its own whole would do. */
static void *allocate_under_locks(void *arg)
{
	for (;;) {
		take(&early_lock);
		give(&early_lock);
		take(&late_lock);
		give(&late_lock);
		usleep(100); /* mutexes are not fair */
	}
	return arg;
}

static void register_early(void)
{
	pthread_atfork(early_prepare, early_after, early_after);
}

/* Before every constructor. */
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
	pthread_atfork(late_prepare, late_after, late_after);
	fork_often(); /* alone, when libc leaves its streams unlocked */
	if (pthread_create(&thread, NULL, flush_all_the_time, NULL) != 0)
		return 1;
	for (int i = 0; i < LOCKERS; i++)
		if (pthread_create(&thread, NULL, allocate_under_locks, NULL) != 0)
			return 1;
	fork_often();
	puts("done");
	return 0;
}
