/* SPDX-License-Identifier: MIT */
/*
 * thread_churn: short threads, one after another.
 *
 * Each makes 8 blocks of mixed sizes, leaves LEFT of them to its parent, who
 * frees them after the thread's death, and frees the rest itself.  One op is one thread's life, so this
 * measures what a thread costs the allocator, and in rss_end_kb what dead
 * threads leave behind.
 */
#include "common.h"

#include <pthread.h>
#include <string.h>

#define BLOCKS 8

struct brief {
	void *block[BLOCKS];
	uint64_t left; /* the first so many of them */
};

static void *live_briefly(void *argument)
{
	struct brief *b = argument;

	for (unsigned i = 0; i < BLOCKS; i++)
		b->block[i] = fresh((size_t)16 << i);
	for (uint64_t i = b->left; i < BLOCKS; i++)
		release(b->block[i]);
	return NULL;
}

static void one_thread(uint64_t left)
{
	struct brief b = {.left = left};
	pthread_t thread;
	int error = pthread_create(&thread, NULL, live_briefly, &b);

	if (error != 0)
		fail("cannot start a thread: %s", strerror(error));
	pthread_join(thread, NULL);
	for (uint64_t i = 0; i < left; i++)
		release(b.block[i]);
}

static void run(const struct request *r, struct outcome *o)
{
	struct stopwatch watch = stopwatch_start();

	for (uint64_t i = 0; i < r->values[0]; i++)
		one_thread(r->values[1]);
	stopwatch_stop(watch, o);
	o->ops = r->values[0];
}

const struct workload thread_churn = {
	.name = "thread-churn",
	.summary = "a thread that makes 8 blocks; its parent frees LEFT of them",
	.params = {{"LIVES", 1, OPS_LIMIT, 20000}, {"LEFT", 0, BLOCKS, 1}},
	.threaded = true,
	.run = run,
};
