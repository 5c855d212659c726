/* SPDX-License-Identifier: MIT */
/*
 * size_waste: how much more is resident than was asked for, by size.
 *
 * For sizes from LEAST to MOST, each a PARTth above the one before, a child
 * makes fresh blocks of MIB MiB in all and writes them.  waste is the largest
 * ratio of resident to requested memory, and waste_size the size that has it.
 * One op is a block.
 */
#include "child.h"
#include "common.h"
#include "series.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child tells through its pipe. */
struct fill {
	double waste, seconds, cpu_seconds;
};

static struct fill fill(size_t size, uint64_t count)
{
	void **block = harness_memory(count * sizeof *block);
	struct outcome o = {.ops = count};
	struct stopwatch watch;
	long before;

	memset(block, 1, count * sizeof *block);
	before = memory_kb(getpid(), "\nRss:");
	watch = stopwatch_start();
	for (uint64_t i = 0; i < count; i++)
		block[i] = memset(fresh(size), 1, size);
	stopwatch_stop(watch, &o);
	return (struct fill){
		.waste = (double)(memory_kb(getpid(), "\nRss:") - before) * KIB /
			 ((double)size * (double)count),
		.seconds = o.seconds, .cpu_seconds = o.cpu_seconds};
}

static struct fill fill_in_child(size_t size, uint64_t count)
{
	struct fill told = {.waste = 0};
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		fail("cannot make a pipe");
	pid = child_fork();
	if (pid == 0) {
		told = fill(size, count);
		_exit(write(ends[1], &told, sizeof told) != sizeof told);
	}
	close(ends[1]);
	if (read(ends[0], &told, sizeof told) != sizeof told)
		fail("the child that fills blocks of %zu bytes told nothing", size);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return told;
}

static void run(const struct request *r, struct outcome *o)
{
	size_t size = r->values[0], worst_size = 0;
	double worst = 0;

	for (; size <= r->values[1]; size += size / r->values[2] + 1) {
		uint64_t count = r->values[3] * MIB / size + 1;
		struct fill told = fill_in_child(size, count);

		o->ops += count;
		o->seconds += told.seconds;
		o->cpu_seconds += told.cpu_seconds;
		if (told.waste > worst) {
			worst = told.waste;
			worst_size = size;
		}
	}
	if (o->ops == 0)
		fail("LEAST is above MOST");
	outcome_add(o, " waste=%.4f waste_size=%zu", worst, worst_size);
}

const struct workload size_waste = {
	.name = "size-waste",
	.summary = "a fresh block, written; of sizes from LEAST to MOST",
	.params = {{"LEAST", 1, SIZE_LIMIT, 16},
		   {"MOST", 1, SIZE_LIMIT, 1 << 20},
		   {"PART", 1, 1024, 16},
		   {"MIB", 1, 1 << 20, 32}},
	.scaled = NOT_SCALED,
	.children = true,
	.untimed = true,
	.run = run,
};
