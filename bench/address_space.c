/* SPDX-License-Identifier: MIT */
/*
 * address_space: what an allocator takes of the limits that a process has.
 *
 *   start_kb       the address space of this process before the work
 *   mlock_fails    1 where a child that may lock 8 MiB cannot lock all of its memory,
 *                  or cannot use malloc after that
 *   least_data_kb  the smallest limit of data (ulimit -d) with which PROGRAM runs, to
 *                  100 kB
 *   data_kb        how much more address space for data (VmData) there is after MIB MiB
 *                  of small blocks were made, freed and trimmed
 *
 * One op is a malloc or a free.
 */
#include "child.h"
#include "common.h"
#include "series.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK_LIMIT (8 * MIB)
#define DATA_STEP_KB 100
#define DATA_MOST_KB (1 << 20)
#define NOBODY 65534
#define SMALL_MOST 515

static bool child_succeeds(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Who may lock without limits gives that up, with his user. */
static bool can_lock_all(void)
{
	struct rlimit limit = {LOCK_LIMIT, LOCK_LIMIT};
	pid_t pid = child_fork();

	if (pid != 0)
		return child_succeeds(pid);
	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0 ||
	    (geteuid() == 0 && setuid(NOBODY) != 0) ||
	    mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		_exit(1);
	_exit(!allocate(1));
}

static bool runs_with_data(const struct command *c, uint64_t kb)
{
	struct rlimit limit = {kb * KIB, kb * KIB};
	pid_t pid = child_fork();

	if (pid != 0)
		return child_succeeds(pid);
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	setrlimit(RLIMIT_DATA, &limit);
	command_become(c);
}

static uint64_t least_data_kb(const struct command *c)
{
	uint64_t fails = 0, works = DATA_MOST_KB / DATA_STEP_KB;

	if (!runs_with_data(c, works * DATA_STEP_KB))
		fail("%s does not even run with %d kB of data", c->program[0],
		     DATA_MOST_KB);
	while (works - fails > 1) {
		uint64_t half = (works + fails) / 2;

		*(runs_with_data(c, half * DATA_STEP_KB) ? &works : &fails) = half;
	}
	return works * DATA_STEP_KB;
}

/* Blocks of all small sizes, MIB MiB in all; then none of them. */
static uint64_t fill_and_trim(size_t size, struct series *s)
{
	uint64_t count = size / (SMALL_MOST / 2);
	void **block = harness_memory(count * sizeof *block);

	for (uint64_t i = 0; i < count; i++)
		block[i] = fresh(1 + i * 7919 % SMALL_MOST);
	series_note(s);
	for (uint64_t i = 0; i < count; i++)
		release(block[i]);
	series_note(s);
	trim();
	series_note(s);
	munmap(block, count * sizeof *block);
	return count;
}

static void run(const struct request *r, struct outcome *o)
{
	long start = proc_number(getpid(), "status", "\nVmPeak:");
	struct command c = command_of(r->words);
	bool lockable = can_lock_all();
	uint64_t limit = least_data_kb(&c);
	struct stopwatch watch = stopwatch_start();
	struct series s;
	long before;

	series_begin(&s, 0);
	before = proc_number(getpid(), "status", "\nVmData:");
	o->ops = 2 * fill_and_trim(r->values[0] * MIB, &s);
	stopwatch_stop(watch, o);
	outcome_add(o, " start_kb=%ld mlock_fails=%d least_data_kb=%llu data_kb=%ld",
		    start, !lockable, (unsigned long long)limit,
		    proc_number(getpid(), "status", "\nVmData:") - before);
	series_print(&s, o);
}

const struct workload address_space = {
	.name = "address-space",
	.summary = "a malloc or free of MIB MiB; what address space it takes, and PROGRAM",
	.params = {{"MIB", 1, 1 << 20, 500}},
	.scaled = NOT_SCALED,
	.untimed = true,
	.words = COMMAND_USAGE,
	.run = run,
};
