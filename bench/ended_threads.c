/* SPDX-License-Identifier: MIT */
/*
 * ended_threads: what stays of threads that used the allocator and ended.
 *
 * THREADS threads live at once; each has made and frees blocks of 14 sizes, and
 * ends.  rss_alive_kb, rss_ended_kb and rss_trim_kb are what is resident beyond
 * what was before the first thread.  One op is a thread.
 */
#include "common.h"
#include "series.h"

#include <pthread.h>
#include <string.h>

#define SIZES 14
#define STACK_SIZE (64 * KIB)
#define THREADS_MOST 32768

static pthread_barrier_t all_alive;

/* 16 to 8192 bytes in octaves, then a few sizes in between. */
static size_t size_of(unsigned i)
{
	return i < 10 ? (size_t)16 << i : 100 + i * 37;
}

static void *use_sizes(void *nothing)
{
	void *block[SIZES];

	for (unsigned i = 0; i < SIZES; i++)
		block[i] = fresh(size_of(i));
	pthread_barrier_wait(&all_alive);
	for (unsigned i = 0; i < SIZES; i++)
		release(block[i]);
	return nothing;
}

static void start_all(pthread_t *threads, uint64_t count)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	for (uint64_t i = 0; i < count; i++) {
		int error = pthread_create(&threads[i], &attributes, use_sizes, NULL);

		if (error != 0)
			fail("cannot start thread %llu: %s",
			     (unsigned long long)i + 1, strerror(error));
	}
	pthread_attr_destroy(&attributes);
}

static void run(const struct request *r, struct outcome *o)
{
	uint64_t count = r->values[0];
	pthread_t *threads = harness_memory(count * sizeof *threads);
	struct stopwatch watch;
	struct series s;
	long start, alive, ended;

	memset(threads, 1, count * sizeof *threads);
	pthread_barrier_init(&all_alive, NULL, (unsigned)count + 1);
	series_begin(&s, 0.001);
	start = series_note(&s);
	watch = stopwatch_start();
	start_all(threads, count);
	alive = series_note(&s);
	pthread_barrier_wait(&all_alive);
	for (uint64_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	stopwatch_stop(watch, o);
	ended = series_note(&s);
	trim();
	outcome_add(o, " rss_alive_kb=%ld rss_ended_kb=%ld rss_trim_kb=%ld",
		    alive - start, ended - start, series_note(&s) - start);
	o->ops = count;
	series_print(&s, o);
}

const struct workload ended_threads = {
	.name = "ended-threads",
	.summary = "a thread that used 14 sizes and ended; all live at once",
	.params = {{"THREADS", 1, THREADS_MOST, 4000}},
	.scaled = NOT_SCALED,
	.threaded = true,
	.untimed = true,
	.run = run,
};
