/* SPDX-License-Identifier: MIT */
#include "retention/wave.h"

#include <stdbool.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "options/options.h"

/* So many make a heap that goes up and down. */
#define WAVES 5u
/* A crest is remembered until so many times as much was freed, and twice that at most. */
#define CREST_TRAFFIC 8u
/* The most that is kept, in hystereses. */
#define KEEP_MAX 16u

HAK_NEAR static struct {
	bool ebb;	 /* the crest is past, */
	size_t crest;	 /* the most that was missing in this wave, */
	size_t trough;	 /* and this is the least since */
	unsigned count;	 /* of waves so far, */
	size_t height;	 /* of the highest */
	size_t peak;	 /* the most that was live, since peaks were last compared, */
	size_t before;	 /* and between the two times before that */
	size_t traffic;	 /* bytes freed since */
} wave;

static size_t hysteresis(void)
{
	return (size_t)options_get(OPTION_PURGE_HYSTERESIS) << 10;
}

/* What is lower the boost smooths. */
static size_t least_height(void)
{
	return hysteresis() / 4;
}

static void count_wave(size_t crest, size_t trough)
{
	size_t height = crest - min_size(crest, trough);

	add_relaxed(&wave.count, 1);
	store_relaxed(&wave.height, max_size(load_relaxed(&wave.height), height));
}

void wave_rises(size_t missing)
{
	size_t crest = load_relaxed(&wave.crest);
	size_t trough = load_relaxed(&wave.trough);

	if (!load_relaxed(&wave.ebb)) {
		store_relaxed(&wave.crest, max_size(crest, missing));
	} else if (missing >= trough + least_height()) {
		count_wave(crest, trough);
		store_relaxed(&wave.ebb, false);
		store_relaxed(&wave.crest, missing);
	}
}

void wave_falls(size_t missing)
{
	if (load_relaxed(&wave.ebb)) {
		store_relaxed(&wave.trough,
			      min_size(missing, load_relaxed(&wave.trough)));
	} else if (missing + least_height() <= load_relaxed(&wave.crest)) {
		store_relaxed(&wave.ebb, true);
		store_relaxed(&wave.trough, missing);
	}
}

void wave_used(size_t live)
{
	if (live > load_relaxed(&wave.peak))
		store_relaxed(&wave.peak, live);
}

void wave_freed(size_t bytes, size_t live)
{
	size_t traffic = load_relaxed(&wave.traffic) + bytes;

	if (traffic >= CREST_TRAFFIC * load_relaxed(&wave.peak)) {
		store_relaxed(&wave.before, load_relaxed(&wave.peak));
		store_relaxed(&wave.peak, live);
		traffic = 0;
	}
	store_relaxed(&wave.traffic, traffic);
}

size_t wave_keeps(size_t live)
{
	size_t peak, most;

	if (load_relaxed(&wave.count) < WAVES)
		return 0;
	peak = max_size(load_relaxed(&wave.peak), load_relaxed(&wave.before));
	most = min_size(2 * load_relaxed(&wave.height), KEEP_MAX * hysteresis());
	return peak < live ? 0 : min_size(peak + peak / 8 - live, most);
}
