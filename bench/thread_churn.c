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

int main(int argc, char **argv)
{
	struct args a = args_open(argc, argv, "THREADS");
	uint64_t threads = args_number(&a, "THREADS", 1, OPS_LIMIT);
	double start;

	args_close(&a);
	start = now_seconds();
	for (uint64_t i = 0; i < threads; i++) {
		pthread_t thread;
		void *left;
		int error = pthread_create(&thread, NULL, brief, NULL);

		if (error != 0)
			fail("cannot start a thread: %s", strerror(error));
		pthread_join(thread, &left);
		release(left);
	}
	report(threads, now_seconds() - start, "");
	return 0;
}
