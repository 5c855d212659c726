/* SPDX-License-Identifier: MIT */
/*
 * first_touch: how long the first block of each size takes.
 *
 * Each life is a new process: this program started again, with what it was
 * started with.  It makes one block of each size, small ones first, and writes its
 * first byte.  One op is such a block.  The clock readings go to a file in memory.
 */
#define _GNU_SOURCE
#include "child.h"
#include "common.h"
#include "latency.h"

#include <errno.h>
#include <fcntl.h>
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

/* In the environment of a life: the number of the open file it writes to. */
#define LIFE_FILE "FIRST_TOUCH_FILE"

#define ARGUMENTS_MAX 32

struct life {
	uint64_t nanoseconds[SIZES];
	long rss_end_kb;
};

static _Noreturn void live(int file)
{
	static struct life life;

	life.rss_end_kb = 0; /* its first touch, */
	latency_clock(); /* and the clock's own */
	for (unsigned i = 0; i < SIZES; i++) {
		uint64_t start = latency_clock();

		fresh(sizes[i]);
		life.nanoseconds[i] = latency_clock() - start;
	}
	life.rss_end_kb = memory_kb(getpid(), "\nRss:");
	_exit(write(file, &life, sizeof life) == (ssize_t)sizeof life ?
		      EXIT_SUCCESS :
		      EXIT_FAILURE);
}

/* What this process was started with, as /proc has it. */
static char **own_arguments(void)
{
	static char text[4096], *arguments[ARGUMENTS_MAX + 1];
	int file = open("/proc/self/cmdline", O_RDONLY);
	ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
	unsigned count = 0;

	if (length <= 0)
		fail("cannot read /proc/self/cmdline: %s", strerror(errno));
	close(file);
	for (char *word = text; word < text + length && count < ARGUMENTS_MAX;
	     word += strlen(word) + 1)
		arguments[count++] = word;
	return arguments;
}

static void one_life(char **arguments)
{
	int status;
	pid_t pid = child_fork();

	if (pid == 0) {
		execv("/proc/self/exe", arguments);
		_exit(EXIT_FAILURE);
	}
	waitpid(pid, &status, 0);
	if (status != 0)
		fail("a child ended with wait status %d", status);
}

/* Each process writes one more behind those before it. */
static void live_all(struct life *lives, uint64_t count)
{
	size_t size = count * sizeof *lives;
	char **arguments = own_arguments(), number[16];
	int file = memfd_create("lives", 0);

	if (file < 0)
		fail("cannot make a file in memory: %s", strerror(errno));
	snprintf(number, sizeof number, "%d", file);
	setenv(LIFE_FILE, number, 1);
	for (uint64_t life = 0; life < count; life++)
		one_life(arguments);
	unsetenv(LIFE_FILE);
	if (pread(file, lives, size, 0) != (ssize_t)size)
		fail("the file of clock readings is too short");
	close(file);
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
	const char *file = getenv(LIFE_FILE);
	struct life *lives;

	if (file)
		live(atoi(file));
	lives = harness_memory(count * sizeof *lives);
	live_all(lives, count);
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
