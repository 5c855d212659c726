/* SPDX-License-Identifier: MIT */
/*
 * bg_purge.sh: what HAKMEM_BG_PURGE=1 does for an idle program.  argv[1] is the
 * case; prints "ok" or says what failed.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "resident.h"
#include "thread_count.h"

#define BLOCKS 3000
#define SIZE 20000

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bg_purge: failed: %s\n", what);
	exit(1);
}

static void burst(void)
{
	static char *block[BLOCKS];

	for (int i = 0; i < BLOCKS; i++)
		memset(block[i] = malloc(SIZE), 1, SIZE);
	for (int i = 0; i < BLOCKS; i++)
		free(block[i]);
}

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
}

/* Memory of a burst, all freed, is gone after a while of idling. */
static void idles(void)
{
	burst();
	for (int i = 0; i < 300 && resident_kib() >> 10 > 20; i++)
		nap();
	must(resident_kib() >> 10 <= 20, "the memory of the burst is still there");
}

/* For the run without the option: that it takes the thread. */
static void keeps(void)
{
	burst();
	for (int i = 0; i < 25; i++)
		nap();
	must(resident_kib() >> 10 > 40, "the memory went without a thread");
	must(thread_count() == 1, "there is a thread although there should be none");
}

static void has_a_late_thread(void)
{
	must(thread_count() == 1, "a thread in a program that has hardly allocated");
	burst();
	must(thread_count() == 2, "no thread after a burst");
}

/* Blocked in the first thread, the signal has nobody who takes it. */
static void takes_no_signals(void)
{
	sigset_t set;

	burst();
	must(thread_count() == 2, "no thread");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	nap();
	sigpending(&set);
	must(sigismember(&set, SIGUSR1), "somebody took the signal");
}

static void survives_fork(void)
{
	int status;
	pid_t child;

	burst();
	child = fork();
	if (child == 0) {
		must(thread_count() == 1, "the child has a thread at once");
		idles();
		must(thread_count() == 2, "the child has no thread of its own");
		exit(0);
	}
	must(waitpid(child, &status, 0) == child && status == 0, "the child");
	idles();
}

static int allocate(void *unused)
{
	(void)unused;
	burst();
	return thread_count() == 1 ? 7 : 8;
}

/* A child of clone() ends with its first thread, whether it shares our memory or not. */
static void survives_clone(void)
{
	static char stack[1 << 18] __attribute__((aligned(16)));

	for (int i = 0; i < 2; i++) {
		int flags = i == 0 ? SIGCHLD : CLONE_VM | CLONE_VFORK | SIGCHLD, status;
		pid_t child = clone(allocate, stack + sizeof(stack), flags, NULL);

		must(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7,
		     "the child of clone() has a thread");
	}
	has_a_late_thread();
}

/* The process ends with its last thread. */
static void ends(void)
{
	burst();
	must(thread_count() == 2, "no thread");
	puts("ok");
	fflush(stdout);
	pthread_exit(NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {
		{"idles", idles}, {"keeps", keeps}, {"late", has_a_late_thread},
		{"signals", takes_no_signals}, {"fork", survives_fork}, {"clone", survives_clone},
		{"ends", ends},
	};

	must(argc == 2, "one argument");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(cases[i].name, argv[1]) == 0) {
			cases[i].run();
			puts("ok");
			return 0;
		}
	must(0, "no such case");
	return 1;
}
