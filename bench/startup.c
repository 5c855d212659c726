/* SPDX-License-Identifier: MIT */
/*
 * startup: what it costs to start a program, in time and in memory.
 *
 * Starts PROGRAM STARTS times, with NAME=VALUE added to its environment, its
 * output thrown away, and tells the wall time from fork to exit, the median and
 * percentiles, and the largest peak of resident memory.
 * One more start, untimed, is stopped where the program exits, to read what it
 * then has resident: all pages, and those that are its own (private, dirty).
 */
#include "child.h"
#include "common.h"
#include "latency.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 127

/* Returns nanoseconds. */
static uint64_t start_once(const struct command *c)
{
	uint64_t start = latency_clock(), spent;
	int status;
	pid_t pid = child_fork();

	if (pid == 0)
		command_become(c);
	waitpid(pid, &status, 0);
	spent = latency_clock() - start;
	command_check(c, status);
	return spent;
}

static _Noreturn void become_traced(const struct command *c)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
		fprintf(stderr, "startup: cannot be traced: %s\n",
			strerror(errno));
		_exit(NOT_STARTED);
	}
	raise(SIGSTOP); /* until the options are set */
	command_become(c);
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
	pid_t pid = child_fork();

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
	command_check(c, status);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void run(const struct request *r, struct outcome *o)
{
	struct command c = command_of(r->words);
	uint64_t count = r->values[0];
	uint64_t *spent = harness_memory(count * sizeof *spent);
	long own;

	for (uint64_t i = 0; i < count; i++) {
		spent[i] = start_once(&c);
		latency_note(spent[i]);
		o->seconds += (double)spent[i] * 1e-9;
	}
	o->ops = count;
	resident_at_exit(&c, &o->rss_end_kb, &own);
	qsort(spent, count, sizeof *spent, compare);
	snprintf(o->extra, sizeof o->extra, " median_us=%.1f private_end_kb=%ld",
		 (double)spent[count / 2] * 1e-3, own);
}

const struct workload startup = {
	.name = "startup",
	.summary = "a start of PROGRAM (/bin/true), until its end",
	.params = {{"STARTS", 1, 1000000, 100}},
	.children = true,
	.untimed = true,
	.words = COMMAND_USAGE,
	.run = run,
};
