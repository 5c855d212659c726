/* SPDX-License-Identifier: MIT */
/*
 * fork.sh: forks while its threads allocate.  The children allocate, free what
 * the parent made, start a thread and leave through exit(), or become another
 * program through vfork().  Prints "ok".
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 3
#define FORKS 60
#define KEPT 300
/* A child that hangs is ended by this many seconds. */
#define CHILD_SECONDS 60

static char *kept[KEPT];
static int stop; /* atomic */

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fork: failed: %s\n", what);
	_exit(1);
}

static void *work(void *arg)
{
	unsigned size = 1;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		char *block = malloc(size % 70000);
		char *text = NULL;

		must(asprintf(&text, "%u", size) > 0, "asprintf in a thread");
		free(block);
		free(text);
		size = size * 31 + 7;
	}
	return arg;
}

static void *allocate_once(void *arg)
{
	free(strdup("in a thread of the child"));
	return arg;
}

static void at_exit(void)
{
	free(malloc(12345));
}

static void child(void)
{
	pthread_t thread;

	alarm(CHILD_SECONDS);
	atexit(at_exit);
	for (int i = 0; i < KEPT; i++) {
		must(kept[i][0] == (char)i, "a block of the parent");
		kept[i] = realloc(kept[i], 2 * (size_t)i + 500);
		must(kept[i][0] == (char)i, "realloc of a block of the parent");
		free(kept[i]);
	}
	must(pthread_create(&thread, NULL, allocate_once, NULL) == 0 &&
		     pthread_join(thread, NULL) == 0,
	     "a thread in the child");
	exit(0);
}

static void await(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid && status == 0, "a child");
}

static void fork_child(void)
{
	pid_t pid = fork();

	must(pid >= 0, "fork()");
	if (pid == 0)
		child();
	await(pid);
}

/* The child runs in the parent's memory until it is another program. */
static void vfork_child(void)
{
	pid_t pid = vfork();

	must(pid >= 0, "vfork()");
	if (pid == 0) {
		execlp("true", "true", (char *)NULL);
		_exit(1);
	}
	await(pid);
}

int main(void)
{
	pthread_t thread[THREADS];

	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&thread[i], NULL, work, NULL) == 0,
		     "starting a thread");
	for (int i = 0; i < KEPT; i++) {
		kept[i] = malloc((size_t)i * i + 1);
		kept[i][0] = (char)i;
	}
	for (int i = 0; i < FORKS; i++) {
		fork_child();
		vfork_child();
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	puts("ok");
	return 0;
}
