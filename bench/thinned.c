/* SPDX-License-Identifier: MIT */
/*
 * thinned: what malloc_trim gives back of a heap of which little is left.
 *
 * Grows to MIB MiB of blocks of SIZE bytes, frees all but every KEEPth, trims,
 * idles for IDLE milliseconds with few calls, and trims again.  rss_full_kb,
 * rss_thin_kb, rss_trim_kb, rss_idle_kb and rss_again_kb are what is resident
 * beyond what was at the start.  One op is a malloc or a free.  An allocator
 * without malloc_trim is not trimmed.
 */
#include "common.h"
#include "series.h"

#include <string.h>

#define LOOKS 64

struct heap {
	void **block;
	uint64_t count, keep;
	size_t size;
	struct series series;
};

/* fresh() writes only the first byte; here all of a block has to be resident. */
static void grow(struct heap *h)
{
	for (uint64_t i = 0; i < h->count; i++) {
		h->block[i] = memset(fresh(h->size), 1, h->size);
		if (i % (h->count / LOOKS + 1) == 0)
			series_look(&h->series);
	}
}

static void thin(struct heap *h)
{
	for (uint64_t i = 0; i < h->count; i++) {
		if (i % h->keep == 0)
			continue;
		release(h->block[i]);
		h->block[i] = NULL;
		if (i % (h->count / LOOKS + 1) == 0)
			series_look(&h->series);
	}
}

static void idle(struct heap *h, uint64_t milliseconds)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		sleep_ms(milliseconds / LOOKS);
		release(fresh(h->size));
		series_look(&h->series);
	}
}

static void measure(struct heap *h, uint64_t milliseconds, struct outcome *o)
{
	struct stopwatch watch;
	long start = series_note(&h->series), full, thinned, trimmed, idled;

	watch = stopwatch_start();
	grow(h);
	full = series_note(&h->series);
	thin(h);
	thinned = series_note(&h->series);
	trim();
	stopwatch_stop(watch, o);
	trimmed = series_note(&h->series);
	idle(h, milliseconds);
	idled = series_note(&h->series);
	trim();
	outcome_add(o, " rss_full_kb=%ld rss_thin_kb=%ld rss_trim_kb=%ld "
		    "rss_idle_kb=%ld rss_again_kb=%ld",
		    full - start, thinned - start, trimmed - start, idled - start,
		    series_note(&h->series) - start);
}

static void run(const struct request *r, struct outcome *o)
{
	struct heap h = {.size = r->values[1], .keep = r->values[2]};

	h.count = r->values[0] * MIB / h.size;
	h.block = harness_memory(h.count * sizeof *h.block);
	memset(h.block, 1, h.count * sizeof *h.block);
	series_begin(&h.series, 0.005);
	measure(&h, r->values[3], o);
	for (uint64_t i = 0; i < h.count; i += h.keep)
		release(h.block[i]);
	o->ops = 2 * h.count;
	series_print(&h.series, o);
}

const struct workload thinned = {
	.name = "thinned",
	.summary = "a malloc or free; the heap keeps 1 in KEEP, is trimmed, and idles",
	.params = {{"MIB", 1, 1 << 20, 80},
		   {"SIZE", 1, SIZE_LIMIT, 200},
		   {"KEEP", 1, UINT32_MAX, 50},
		   {"IDLE", 0, 3600000, 500}},
	.scaled = NOT_SCALED,
	.untimed = true,
	.run = run,
};
