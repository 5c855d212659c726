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
#include "latency.h"

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

struct life {
	uint64_t nanoseconds[SIZES];
	long rss_end_kb;
};

static struct life *shared_lives(uint64_t count)
{
	void *memory = mmap(NULL, count * sizeof(struct life),
			    PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		fail("no memory for %llu lives: %s", (unsigned long long)count,
		     strerror(errno));
	return memory;
}

static _Noreturn void live(struct life *life)
{
	latency_clock(); /* the clock's own first touch */
	for (unsigned i = 0; i < SIZES; i++) {
		uint64_t start = latency_clock();

		fresh(sizes[i]);
		life->nanoseconds[i] = latency_clock() - start;
	}
	life->rss_end_kb = memory_kb(getpid(), "\nRss:");
	_exit(EXIT_SUCCESS);
}

static void one_life(struct life *life)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		live(life);
	waitpid(pid, &status, 0);
	if (status != 0)
		fail("a child ended with wait status %d", status);
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The median of size `i` over all lives; `column` is room for them. */
static uint64_t median_of(const struct life *lives, uint64_t count, unsigned i,
			  uint64_t *column)
{
	for (uint64_t life = 0; life < count; life++)
		column[life] = lives[life].nanoseconds[i];
	qsort(column, count, sizeof *column, ascending);
	return column[count / 2];
}

static void describe(const struct life *lives, uint64_t count, struct outcome *o)
{
	uint64_t *column = harness_memory(count * sizeof *column);
	size_t used = 0;

	for (unsigned i = 0; i < SIZES; i++)
		used += (size_t)snprintf(
			o->extra + used, sizeof o->extra - used,
			" median_ns_%u=%llu", sizes[i],
			(unsigned long long)median_of(lives, count, i, column));
}

static void run(const struct request *r, struct outcome *o)
{
	uint64_t count = r->values[0];
	struct life *lives = shared_lives(count);

	for (uint64_t life = 0; life < count; life++)
		one_life(&lives[life]);
	for (uint64_t i = 0; i < count * SIZES; i++) {
		uint64_t spent = lives[i / SIZES].nanoseconds[i % SIZES];

		latency_note(spent);
		o->seconds += (double)spent * 1e-9;
	}
	o->ops = count * SIZES;
	o->rss_end_kb = lives[count - 1].rss_end_kb;
	describe(lives, count, o);
}

const struct workload first_touch = {
	.name = "first-touch",
	.summary = "the first block of each size in a new process",
	.params = {{"LIVES", 1, 1000000, 200}},
	.children = true,
	.untimed = true,
	.run = run,
};
