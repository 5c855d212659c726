/* SPDX-License-Identifier: MIT */
/*
 * startup: what it costs to start a program, in time and in memory.
 *
 * Starts PROGRAM N times, with NAME=VALUE added to its environment (so this
 * process itself is not preloaded), its output thrown away, and prints the
 * median wall time from fork to exit and the largest peak of resident memory.
 * One more start, untimed, is stopped where the program exits, to read what it
 * then has resident: all pages, and those that are its own (private, dirty).
 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 127

struct command {
	char **assignments; /* the first words, up to program */
	char **program;     /* and its arguments, up to NULL */
};

struct cost {
	double microseconds;
	long peak_kb;
};

static struct command command_of(const struct args *a)
{
	char **words = a->values + a->next;
	struct command c = {.assignments = words, .program = words};

	while (*c.program && strchr(*c.program, '='))
		c.program++;
	if (!*c.program)
		args_refuse(a, "PROGRAM is missing");
	return c;
}

static _Noreturn void become(const struct command *c)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
	for (char **word = c->assignments; word < c->program; word++)
		putenv(*word);
	execvp(c->program[0], c->program);
	fprintf(stderr, "startup: cannot start %s: %s\n", c->program[0],
		strerror(errno));
	_exit(NOT_STARTED);
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	return pid;
}

static void check_end(const struct command *c, int status)
{
	if (WIFSIGNALED(status))
		fail("%s was killed by signal %d", c->program[0],
		     WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		fail("%s ended with exit status %d", c->program[0],
		     WEXITSTATUS(status));
}

static struct cost start_once(const struct command *c)
{
	double start = now_seconds();
	struct rusage usage;
	struct cost cost;
	int status;
	pid_t pid = child();

	if (pid == 0)
		become(c);
	wait4(pid, &status, 0, &usage);
	cost.microseconds = (now_seconds() - start) * 1e6;
	cost.peak_kb = usage.ru_maxrss;
	check_end(c, status);
	return cost;
}

static _Noreturn void become_traced(const struct command *c)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
		fprintf(stderr, "startup: cannot be traced: %s\n",
			strerror(errno));
		_exit(NOT_STARTED);
	}
	raise(SIGSTOP); /* until the options are set */
	become(c);
}

/* Lets a traced child run on, signals passed through, until it exits. */
static int run_to_exit(pid_t pid)
{
	int status, signal = 0;

	do {
		ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)signal);
		waitpid(pid, &status, 0);
		signal = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
		if (signal == SIGTRAP)
			signal = 0; /* execve's or the exit's own */
	} while (WIFSTOPPED(status) &&
		 status >> 8 != (SIGTRAP | (PTRACE_EVENT_EXIT << 8)));
	return status;
}

static void resident_at_exit(const struct command *c, long *all, long *own)
{
	int status;
	pid_t pid = child();

	if (pid == 0)
		become_traced(c);
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACEEXIT);
	if (WIFSTOPPED(status))
		status = run_to_exit(pid);
	if (!WIFSTOPPED(status))
		fail("%s ended unseen, so its memory could not be read",
		     c->program[0]);
	*all = memory_kb(pid, "\nRss:");
	*own = memory_kb(pid, "\nPrivate_Dirty:");
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	check_end(c, status);
}

static int compare(const void *a, const void *b)
{
	const struct cost *x = a, *y = b;

	return (x->microseconds > y->microseconds) -
	       (x->microseconds < y->microseconds);
}

int main(int argc, char **argv)
{
	struct args a = args_open(argc, argv,
				  "N [NAME=VALUE]... PROGRAM [ARGUMENT]...");
	uint64_t count = args_number(&a, "N", 1, 1000000);
	struct command c = command_of(&a);
	struct cost *costs = harness_memory(count * sizeof *costs);
	long peak = 0, all, own;

	for (uint64_t i = 0; i < count; i++) {
		costs[i] = start_once(&c);
		if (costs[i].peak_kb > peak)
			peak = costs[i].peak_kb;
	}
	resident_at_exit(&c, &all, &own);
	qsort(costs, count, sizeof *costs, compare);
	printf("name=startup ops=%llu median_us=%.1f rss_peak_kb=%ld "
	       "rss_end_kb=%ld private_end_kb=%ld program=%s\n",
	       (unsigned long long)count, costs[count / 2].microseconds,
	       peak > all ? peak : all, all, own, c.program[0]);
	return 0;
}
