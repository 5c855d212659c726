/* SPDX-License-Identifier: MIT */
/*
 * thread_churn: short threads, one after another.
 *
 * Each makes 8 blocks of mixed sizes and frees 7; the 8th is freed by the
 * parent after the thread's death.  One op is one thread's life, so this
 * measures what a thread costs the allocator, and in rss_end_kb what dead
 * threads leave behind.
 */
#include "common.h"

#include <pthread.h>
#include <string.h>

#define BLOCKS 8

static void *brief(void *unused)
{
	void *block[BLOCKS];

	(void)unused;
	for (unsigned i = 0; i < BLOCKS; i++)
		block[i] = fresh((size_t)16 << i);
	for (unsigned i = 1; i < BLOCKS; i++)
		release(block[i]);
	return block[0];
}

static void one_thread(void)
{
	pthread_t thread;
	void *left;
	int error = pthread_create(&thread, NULL, brief, NULL);

	if (error != 0)
		fail("cannot start a thread: %s", strerror(error));
	pthread_join(thread, &left);
	release(left);
}

static void run(const struct request *r, struct outcome *o)
{
	double start = now_seconds();

	for (uint64_t i = 0; i < r->values[0]; i++)
		one_thread();
	o->seconds = now_seconds() - start;
	o->ops = r->values[0];
}

const struct workload thread_churn = {
	.name = "thread-churn",
	.summary = "a thread that makes 8 blocks and leaves 1 to its parent",
	.params = {{"LIVES", 1, OPS_LIMIT, 20000}},
	.run = run,
};
