/* SPDX-License-Identifier: MIT */
#include "retention/wave.h"

#include <stdbool.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "options/options.h"

#define WAVES 5u
/* Freed so many times what is proven, it is looked whether all of that was taken. */
#define PROVEN_TRAFFIC 4u
/* The most that is proven, in hystereses. */
#define PROVEN_MAX 16u

HAK_NEAR static struct {
	bool ebb;	 /* the crest is past, and counted */
	size_t crest;	 /* the most that was missing in this wave, */
	size_t trough;	 /* the least in its ebb */
	size_t height;	 /* a mean of crests, that of the last a quarter */
	unsigned count;	 /* of waves so far */
	size_t proven;
	size_t traffic;	 /* bytes freed, and */
	size_t least;	 /* the least that was idle, since that was looked at */
} wave;

static size_t hysteresis(void)
{
	return (size_t)options_get(OPTION_PURGE_HYSTERESIS) << 10;
}

static size_t height_with(size_t crest, bool first)
{
	return first ? crest : load_relaxed(&wave.height) / 4 * 3 + crest / 4;
}

static void count_wave(size_t crest)
{
	unsigned count = load_relaxed(&wave.count) + 1;
	size_t height = height_with(crest, count == 1);
	size_t enough = min_size(height + height / 8, PROVEN_MAX * hysteresis());

	store_relaxed(&wave.height, height);
	store_relaxed(&wave.count, count);
	if (count >= WAVES && enough > load_relaxed(&wave.proven))
		store_relaxed(&wave.proven, enough);
}

/* It ends with the rise of the next one. */
static void follow_ebb(size_t missing)
{
	size_t trough = min_size(missing, load_relaxed(&wave.trough));

	store_relaxed(&wave.trough, trough);
	if (missing >= trough + hysteresis() / 4) {
		store_relaxed(&wave.ebb, false);
		store_relaxed(&wave.crest, missing);
	}
}

void wave_follow(size_t missing)
{
	size_t crest = load_relaxed(&wave.crest);

	if (load_relaxed(&wave.ebb)) {
		follow_ebb(missing);
	} else if (missing > crest) {
		store_relaxed(&wave.crest, missing);
	} else if (missing < crest / 4 && crest > hysteresis() / 4) {
		count_wave(crest);
		store_relaxed(&wave.ebb, true);
		store_relaxed(&wave.trough, missing);
	}
}

void wave_used(size_t idle)
{
	if (idle < load_relaxed(&wave.least))
		store_relaxed(&wave.least, idle);
}

void wave_freed(size_t bytes, size_t idle)
{
	size_t proven = load_relaxed(&wave.proven), traffic;

	if (likely(proven == 0))
		return;
	traffic = load_relaxed(&wave.traffic) + bytes;
	if (traffic >= PROVEN_TRAFFIC * proven) {
		store_relaxed(&wave.proven,
			      proven - min_size(proven, load_relaxed(&wave.least)));
		store_relaxed(&wave.least, idle);
		traffic = 0;
	}
	store_relaxed(&wave.traffic, traffic);
}

size_t wave_proven(void)
{
	return load_relaxed(&wave.proven);
}
