/* SPDX-License-Identifier: MIT */
/*
 * fragmentation: what is left resident when most of a heap is freed.
 *
 * Grows to MIB MiB of blocks of 16 to 1024 bytes, frees all but every KEEPth
 * of them, idles, wakes with a few small calls, and frees the rest.  Resident
 * memory is read all along: rss_series_kb are the values, time_series_ms when.
 * One op is one malloc or free; the idle time is not counted.
 */
#include "common.h"
#include "series.h"

#include <time.h>

#define LEAST 16
#define MOST 1024
#define SAMPLES (SERIES_MOST / 4) /* of each phase */

/* Blocks and what was seen of them. */
struct field {
	void **block;
	uint64_t count, keep, ops;
	struct outcome *outcome;
	struct series series;
};

static void grow(struct field *f, uint64_t i, uint64_t *random)
{
	f->block[i] = fresh(LEAST + random_high(random_next(random),
						MOST - LEAST + 1));
	f->ops++;
}

static void drop(struct field *f, uint64_t i)
{
	f->ops += f->block[i] != NULL;
	release(f->block[i]);
	f->block[i] = NULL;
}

/* Over all blocks in SAMPLES parts, and a look after each. */
static void phase(struct field *f, uint64_t *random, uint64_t keep)
{
	for (uint64_t part = 0; part < SAMPLES; part++) {
		struct stopwatch watch = stopwatch_start();

		for (uint64_t i = f->count * part / SAMPLES;
		     i < f->count * (part + 1) / SAMPLES; i++)
			if (random)
				grow(f, i, random);
			else if (keep == 0 || i % keep != 0)
				drop(f, i);
		stopwatch_stop(watch, f->outcome);
		series_note(&f->series);
	}
}

static void idle(struct field *f, uint64_t milliseconds)
{
	uint64_t pause = milliseconds * 1000000 / SAMPLES;
	struct timespec t = {.tv_sec = (time_t)(pause / 1000000000),
			     .tv_nsec = (long)(pause % 1000000000)};

	for (unsigned i = 0; i < SAMPLES; i++) {
		nanosleep(&t, NULL);
		release(fresh(LEAST));
		series_note(&f->series);
	}
}

static void describe(const struct field *f, struct outcome *o)
{
	const long *kb = f->series.kb;

	outcome_add(o, " rss_full_kb=%ld rss_holes_kb=%ld rss_idle_kb=%ld",
		    kb[SAMPLES - 1], kb[2 * SAMPLES - 1], kb[3 * SAMPLES - 1]);
	series_print(&f->series, o);
}

static void run(const struct request *r, struct outcome *o)
{
	struct field f = {.count = r->values[0] * MIB / ((LEAST + MOST) / 2),
			  .keep = r->values[1], .outcome = o};
	uint64_t random = random_start(r->values[3], 0);

	f.block = harness_memory(f.count * sizeof *f.block);
	series_begin(&f.series, 0);
	phase(&f, &random, 0);
	phase(&f, NULL, f.keep);
	idle(&f, r->values[2]);
	phase(&f, NULL, 0);
	o->ops = f.ops;
	describe(&f, o);
}

const struct workload fragmentation = {
	.name = "fragmentation",
	.summary = "a malloc or free; the heap keeps 1 in KEEP, and idles",
	.params = {{"MIB", 1, 1 << 20, 64},
		   {"KEEP", 1, UINT32_MAX, 64},
		   {"IDLE", 0, 3600000, 500},
		   {"SEED", 0, UINT64_MAX, 1}},
	.scaled = NOT_SCALED,
	.untimed = true,
	.run = run,
};
