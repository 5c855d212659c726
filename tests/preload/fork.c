/* SPDX-License-Identifier: MIT */
/*
 * fork.sh: forks thousands of times while its threads allocate.  The children
 * allocate, free what the parent made, start threads, fork again beside them and
 * leave through exit(), or become another program through vfork() or
 * posix_spawn().  Prints "ok".
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 3
#define FORKS 60
#define SHORT_FORKS 2000
/* Children at once. */
#define LITTER 8
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
		char *block = malloc(size % (size % 4 ? 70000 : 900000));
		char *text = NULL;

		must(asprintf(&text, "%u", size) > 0, "asprintf in a thread");
		free(block);
		free(text);
		size = size * 31 + 7;
	}
	return arg;
}

static void await(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0) == pid && status == 0, "a child");
}

static void start_threads(pthread_t *thread)
{
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&thread[i], NULL, work, NULL) == 0,
		     "starting a thread");
}

static void end_threads(pthread_t *thread)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		must(pthread_join(thread[i], NULL) == 0, "joining a thread");
}

/*
 * One block of the parent, many of every mechanism, which come from slabs that
 * the parent's threads were at work on, and a look at all that there is.
 */
static void short_child(int number)
{
	static char *block[40];

	alarm(CHILD_SECONDS);
	free(kept[number % KEPT]);
	for (size_t i = 0; i < 40; i++) {
		size_t size = (i * 1733 + (size_t)number) % (i % 8 ? 70000 : 900000);

		block[i] = calloc(1, size + 1);
		must(block[i] && block[i][0] == 0 && block[i][size] == 0,
		     "calloc() in a child");
		block[i][0] = block[i][size] = 1;
	}
	for (size_t i = 0; i < 40; i++)
		free(block[i]);
	if (number % 16 == 0)
		malloc_trim(0);
	_exit(0);
}

/* While the children live, the parent's threads go on. */
static void fork_litter(int number)
{
	pid_t pid[LITTER];

	for (int i = 0; i < LITTER; i++) {
		pid[i] = fork();
		must(pid[i] >= 0, "fork() of many");
		if (pid[i] == 0)
			short_child(number + i);
	}
	for (int i = 0; i < LITTER; i++)
		await(pid[i]);
}

static void at_exit(void)
{
	free(malloc(12345));
}

static void child(void)
{
	pthread_t thread[THREADS];

	alarm(CHILD_SECONDS);
	atexit(at_exit);
	for (int i = 0; i < KEPT; i++) {
		must(kept[i][0] == (char)i, "a block of the parent");
		kept[i] = realloc(kept[i], 2 * (size_t)i + 500);
		must(kept[i][0] == (char)i, "realloc of a block of the parent");
		free(kept[i]);
		kept[i] = NULL;
	}
	start_threads(thread);
	fork_litter(0);
	end_threads(thread);
	exit(0);
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

static void spawn_child(void)
{
	extern char **environ;
	char name[] = "true", *argv[] = {name, NULL};
	pid_t pid;

	must(posix_spawnp(&pid, name, NULL, NULL, argv, environ) == 0,
	     "posix_spawn()");
	await(pid);
}

int main(void)
{
	pthread_t thread[THREADS];

	start_threads(thread);
	for (int i = 0; i < KEPT; i++) {
		kept[i] = malloc((size_t)i * i + 1);
		kept[i][0] = (char)i;
	}
	for (int i = 0; i < FORKS; i++) {
		fork_child();
		vfork_child();
		spawn_child();
	}
	for (int i = 0; i < SHORT_FORKS; i += LITTER)
		fork_litter(i);
	end_threads(thread);
	puts("ok");
	return 0;
}
