/* SPDX-License-Identifier: MIT */
/*
 * large_rounds: what stays resident of a large block that came and went.
 *
 * One op: malloc of MIB MiB, each page written, free.  After ROUNDS of them comes
 * small work, SMALL milliseconds of it: 2000 small blocks replaced every
 * millisecond; then IDLE milliseconds of nothing.  rss_once_kb, rss_small_kb and
 * rss_idle_kb are what is resident at these points beyond what was at the start.
 */
#include "common.h"
#include "series.h"

#include <string.h>

#define SMALL_BLOCKS 3000
#define SMALL_OPS 2000
#define SMALL_LEAST 16
#define SMALL_MOST 415

static void large_round(size_t size, struct series *s, struct outcome *o)
{
	struct stopwatch watch = stopwatch_start();
	char *block = fresh(size);

	memset(block, 1, size);
	stopwatch_stop(watch, o);
	series_look(s);
	watch = stopwatch_start();
	release(block);
	stopwatch_stop(watch, o);
	series_look(s);
}

static void small_work(struct slots *slots, double seconds, struct series *s)
{
	double end = now_seconds() + seconds;

	while (now_seconds() < end) {
		slots_replace(slots, SMALL_OPS);
		sleep_ms(1);
		series_look(s);
	}
}

static void run(const struct request *r, struct outcome *o)
{
	struct slots small = {.least = SMALL_LEAST, .most = SMALL_MOST,
			      .random = random_start(1, 0)};
	struct series s;
	long start, once, worked;

	slots_open(&small, SMALL_BLOCKS);
	series_begin(&s, 0.001);
	start = series_note(&s);
	for (uint64_t i = 0; i < r->values[1]; i++)
		large_round(r->values[0] * MIB, &s, o);
	once = series_note(&s);
	small_work(&small, (double)r->values[2] * 1e-3, &s);
	worked = series_note(&s);
	sleep_ms(r->values[3]);
	outcome_add(o, " rss_once_kb=%ld rss_small_kb=%ld rss_idle_kb=%ld",
		    once - start, worked - start, series_note(&s) - start);
	slots_clear(&small);
	o->ops = r->values[1];
	series_print(&s, o);
}

const struct workload large_rounds = {
	.name = "large-rounds",
	.summary = "a block of MIB MiB, all of it written; then small work and idling",
	.params = {{"MIB", 1, 1 << 20, 120},
		   {"ROUNDS", 1, OPS_LIMIT, 10},
		   {"SMALL", 0, 3600000, 2500},
		   {"IDLE", 0, 3600000, 500}},
	.scaled = NOT_SCALED,
	.untimed = true,
	.run = run,
};
