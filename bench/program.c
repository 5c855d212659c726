/* SPDX-License-Identifier: MIT */
/*
 * program: what a whole program costs, in CPU time and in memory.
 *
 * Runs PROGRAM as often as RUNS says, with NAME=VALUE added to its environment and
 * its output thrown away.  The seconds are those that it and the processes it
 * waited for spent on a processor, for the program and in the kernel; the peak
 * is that of the largest of them.
 */
#include "child.h"
#include "common.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static void run_program(const struct command *c)
{
	int status;
	pid_t pid = child_fork();

	if (pid == 0)
		command_become(c);
	waitpid(pid, &status, 0);
	command_check(c, status);
}

static void run(const struct request *r, struct outcome *o)
{
	struct command c = command_of(r->words);
	struct rusage usage;
	double start = now_seconds();

	for (uint64_t i = 0; i < r->values[0]; i++)
		run_program(&c);
	getrusage(RUSAGE_CHILDREN, &usage);
	o->seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
	o->cpu_seconds = o->seconds;
	o->ops = r->values[0];
	o->rss_end_kb = NO_RSS_END;
	snprintf(o->extra, sizeof o->extra,
		 " wall_seconds=%.6f user_seconds=%.6f system_seconds=%.6f",
		 now_seconds() - start, seconds_of(usage.ru_utime),
		 seconds_of(usage.ru_stime));
}

const struct workload program = {
	.name = "program",
	.summary = "a run of PROGRAM; CPU time, not that of the clock",
	.params = {{"RUNS", 1, 1000000, 1}},
	.words = COMMAND_USAGE,
	.children = true,
	.untimed = true,
	.run = run,
};
