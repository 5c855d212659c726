/* SPDX-License-Identifier: MIT */
/*
 * first_touch: how long the first block of each size takes.
 *
 * Each life is a child process forked before this one has allocated anything,
 * so its allocator is as new; it makes one block of each size, small ones
 * first, and writes its first byte.  One op is such a block.  The memory the
 * clock readings go to is shared and touched before.
 */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* One of each class: Tiny, Mid, Pool TLS, Large. */
static const unsigned sizes[] = {
	8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 24576,
	32768, 40960, 49152, 53248, 65536, 262144, 1048576,
};

#define SIZES (sizeof sizes / sizeof sizes[0])

static double *shared_doubles(uint64_t count)
{
	void *memory = mmap(NULL, count * sizeof(double), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		fail("no memory for %llu readings: %s", (unsigned long long)count,
		     strerror(errno));
	return memory;
}

static _Noreturn void live(double *nanoseconds)
{
	now_seconds(); /* the clock's own first touch */
	for (unsigned i = 0; i < SIZES; i++) {
		double start = now_seconds();

		fresh(sizes[i]);
		nanoseconds[i] = (now_seconds() - start) * 1e9;
	}
	_exit(EXIT_SUCCESS);
}

static void one_life(double *nanoseconds)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		live(nanoseconds);
	waitpid(pid, &status, 0);
	if (status != 0)
		fail("a child ended with wait status %d", status);
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The median of size `i` over all lives; `column` is room for them. */
static double median_of(const double *all, uint64_t lives, unsigned i,
			double *column)
{
	for (uint64_t life = 0; life < lives; life++)
		column[life] = all[life * SIZES + i];
	qsort(column, lives, sizeof *column, ascending);
	return column[lives / 2];
}

static void describe(double *all, uint64_t lives, struct outcome *o)
{
	double *column = harness_memory(lives * sizeof *column);
	uint64_t count = lives * SIZES;
	size_t used = 0;

	for (unsigned i = 0; i < SIZES; i++)
		used += (size_t)snprintf(o->extra + used, sizeof o->extra - used,
					 " median_ns_%u=%.0f", sizes[i],
					 median_of(all, lives, i, column));
	qsort(all, count, sizeof *all, ascending);
	snprintf(o->extra + used, sizeof o->extra - used,
		 " p50_ns=%.0f p90_ns=%.0f p99_ns=%.0f max_ns=%.0f",
		 all[count / 2], all[count * 9 / 10], all[count * 99 / 100],
		 all[count - 1]);
}

static void run(const struct request *r, struct outcome *o)
{
	uint64_t lives = r->values[0];
	double *all = shared_doubles(lives * SIZES);

	for (uint64_t i = 0; i < lives; i++)
		one_life(all + i * SIZES);
	o->ops = lives * SIZES;
	for (uint64_t i = 0; i < o->ops; i++)
		o->seconds += all[i] * 1e-9;
	describe(all, lives, o);
}

const struct workload first_touch = {
	.name = "first-touch",
	.summary = "the first block of each size in a new process",
	.params = {{"LIVES", 1, 1000000, 200}},
	.run = run,
};
