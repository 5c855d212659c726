/* SPDX-License-Identifier: MIT */
#include "retention/retention.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "options/options.h"
#include "stats/stats.h"

HAK_NEAR static size_t boost;	/* hysteresis */
HAK_NEAR static size_t missing; /* bytes purged lately and not wanted since */
HAK_NEAR static size_t refused; /* bytes that the system would not take back */

/*
 * The heap as a whole goes up and down: a wave is so many bytes missing, of which
 * then most are wanted again.  So many, each higher than a quarter of the
 * hysteresis, are more than bursts: as much as they are high, and a bit, is kept from then on
 * (`proven`), less what is not wanted while so many times as much is freed.
 */
#define WAVES 5u
#define PROVEN_TRAFFIC 4u
/* The most that is kept for it, in hystereses. */
#define PROVEN_MAX 16u

HAK_NEAR static struct {
	bool ebb;	 /* its crest is past, and counted */
	size_t crest;	 /* the most that was missing in this wave, */
	size_t trough;	 /* the least in its ebb */
	size_t height;	 /* a mean of crests, that of the last a quarter */
	unsigned count;	 /* of waves so far */
	size_t proven;
	size_t traffic;	 /* bytes freed since `idle_least` began */
	size_t idle_least;
} wave; /* any thread, relaxed: a guess */

/*
 * What the boost may be: a program that is done with its memory has little that
 * is live, so it does not keep what it had won with much.
 */
static size_t hysteresis(void)
{
	return (size_t)options_get(OPTION_PURGE_HYSTERESIS) << 10;
}

static size_t boost_max(size_t live)
{
	return max_size(hysteresis(), live / 2);
}

static size_t bound(void)
{
	size_t live = load_relaxed(&stats_totals.live);
	size_t floor = (size_t)options_get(OPTION_PURGE_FLOOR) << 10;
	size_t share = live / 100 * (size_t)options_get(OPTION_PURGE_SHARE);

	return max_size(floor, share) +
	       max_size(min_size(load_relaxed(&boost), boost_max(live)),
			load_relaxed(&wave.proven)) +
	       load_relaxed(&refused);
}

/* A wave is over. */
static void count_wave(size_t crest)
{
	unsigned count = load_relaxed(&wave.count) + 1;
	size_t height = load_relaxed(&wave.height) / 4 * 3 + crest / 4, enough;

	if (count == 1)
		height = crest;
	store_relaxed(&wave.height, height);
	store_relaxed(&wave.count, count);
	enough = min_size(height + height / 8, PROVEN_MAX * hysteresis());
	if (count >= WAVES && enough > load_relaxed(&wave.proven))
		store_relaxed(&wave.proven, enough);
}

/* `now` bytes are missing. */
static void follow_wave(size_t now)
{
	size_t crest = load_relaxed(&wave.crest);

	if (load_relaxed(&wave.ebb)) {
		store_relaxed(&wave.trough, min_size(now, load_relaxed(&wave.trough)));
		store_relaxed(&wave.ebb, now < load_relaxed(&wave.trough) + hysteresis() / 4);
		store_relaxed(&wave.crest, now);
	} else if (now > crest) {
		store_relaxed(&wave.crest, now);
	} else if (now < crest / 4 && crest > hysteresis() / 4) {
		count_wave(crest);
		store_relaxed(&wave.ebb, true);
		store_relaxed(&wave.trough, now);
	}
}

/* What was idle all the while is not what the waves want. */
static void doubt_proven(size_t bytes, size_t idle)
{
	size_t proven = load_relaxed(&wave.proven);
	size_t traffic = load_relaxed(&wave.traffic) + bytes;

	if (likely(proven == 0))
		return;
	if (traffic >= PROVEN_TRAFFIC * proven) {
		store_relaxed(&wave.proven,
			      proven - min_size(proven, load_relaxed(&wave.idle_least)));
		store_relaxed(&wave.idle_least, idle);
		traffic = 0;
	}
	store_relaxed(&wave.traffic, traffic);
}

/*
 * Clean memory is taken while purged memory is still missing: a regret.  It
 * counts twice what a purge takes away, so that a program that wants its memory
 * again and again soon keeps it, and one that is done soon does not.
 */
static void regret(size_t bytes)
{
	size_t known = load_relaxed(&missing); /* once: others write it too */
	size_t again = min_size(bytes, known);

	if (again == 0)
		return;
	store_relaxed(&missing, known - again);
	follow_wave(known - again);
	store_relaxed(&boost, min_size(boost_max(load_relaxed(&stats_totals.live)),
				       load_relaxed(&boost) + 2 * again));
}

void retention_use(size_t bytes, size_t resident)
{
	add_relaxed(&stats_totals.live, bytes);
	if (resident != 0) {
		size_t idle = sub_relaxed(&stats_totals.idle, resident) - resident;

		if (idle < load_relaxed(&wave.idle_least))
			store_relaxed(&wave.idle_least, idle);
	}
	if (bytes > resident)
		regret(bytes - resident);
}

size_t retention_free(size_t bytes, size_t resident)
{
	size_t limit, now;

	sub_relaxed(&stats_totals.live, bytes);
	now = add_relaxed(&stats_totals.idle, resident) + resident;
	doubt_proven(bytes, now);
	limit = bound();
	return now > limit ? now - limit : 0;
}

size_t retention_margin(void)
{
	size_t below = 100 - (size_t)options_get(OPTION_PURGE_TARGET);

	return bound() / 100 * below;
}

void retention_refused(size_t bytes)
{
	add_relaxed(&refused, bytes);
}

static void narrow(size_t *allowance, size_t bytes)
{
	size_t now = load_relaxed(allowance); /* once: others write it too */

	store_relaxed(allowance, now - min_size(now, bytes));
}

void retention_purged(size_t bytes)
{
	sub_relaxed(&stats_totals.idle, bytes);
	add_relaxed(&stats_totals.purged, bytes);
	narrow(&boost, bytes);
	narrow(&refused, bytes);
	store_relaxed(&missing, load_relaxed(&missing) + bytes);
	follow_wave(load_relaxed(&missing));
}
