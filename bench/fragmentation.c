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

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LEAST 16
#define MOST 1024
#define SAMPLES 16 /* of each phase */

/* Blocks and what was seen of them. */
struct field {
	void **block;
	uint64_t count, keep, ops;
	double begin;
	struct outcome *outcome;
	unsigned samples;
	long rss_kb[4 * SAMPLES];
	unsigned ms[4 * SAMPLES];
};

static void sample(struct field *f)
{
	f->rss_kb[f->samples] = memory_kb(getpid(), "\nRss:");
	f->ms[f->samples++] = (unsigned)((now_seconds() - f->begin) * 1e3);
}

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
		sample(f);
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
		sample(f);
	}
}

static size_t print_series(char *text, size_t size, const char *name,
			   const struct field *f, bool times)
{
	size_t used = (size_t)snprintf(text, size, " %s=", name);

	for (unsigned i = 0; i < f->samples && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%ld",
					 i > 0 ? "," : "",
					 times ? (long)f->ms[i] : f->rss_kb[i]);
	return used < size ? used : size;
}

static void describe(const struct field *f, struct outcome *o)
{
	size_t used = (size_t)snprintf(o->extra, sizeof o->extra,
				       " rss_full_kb=%ld rss_holes_kb=%ld "
				       "rss_idle_kb=%ld",
				       f->rss_kb[SAMPLES - 1],
				       f->rss_kb[2 * SAMPLES - 1],
				       f->rss_kb[3 * SAMPLES - 1]);

	used += print_series(o->extra + used, sizeof o->extra - used,
			     "time_series_ms", f, true);
	print_series(o->extra + used, sizeof o->extra - used, "rss_series_kb", f,
		     false);
}

static void run(const struct request *r, struct outcome *o)
{
	struct field f = {.count = r->values[0] * MIB / ((LEAST + MOST) / 2),
			  .keep = r->values[1], .begin = now_seconds(),
			  .outcome = o};
	uint64_t random = random_start(r->values[3], 0);

	f.block = harness_memory(f.count * sizeof *f.block);
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
