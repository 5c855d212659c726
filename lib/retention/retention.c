/* SPDX-License-Identifier: MIT */
#include "retention/retention.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "options/options.h"
#include "retention/wave.h"
#include "stats/stats.h"

HAK_NEAR static size_t boost;	/* hysteresis */
HAK_NEAR static size_t missing; /* bytes purged lately and not wanted since */
HAK_NEAR static size_t refused; /* bytes that the system would not take back */

/*
 * What the boost may be: a program that is done with its memory has little that
 * is live, so it does not keep what it had won with much.
 */
static size_t boost_max(size_t live)
{
	return max_size((size_t)options_get(OPTION_PURGE_HYSTERESIS) << 10,
			live / 2);
}

static size_t ordinary(size_t live)
{
	size_t floor = (size_t)options_get(OPTION_PURGE_FLOOR) << 10;
	size_t share = live / 100 * (size_t)options_get(OPTION_PURGE_SHARE);

	return max_size(floor, share) +
	       min_size(load_relaxed(&boost), boost_max(live));
}

static size_t bound(size_t live)
{
	return max_size(ordinary(live), wave_keeps(live)) + load_relaxed(&refused);
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
	wave_falls(known - again);
	store_relaxed(&boost, min_size(boost_max(load_relaxed(&stats_totals.live)),
				       load_relaxed(&boost) + 2 * again));
}

void retention_use(size_t bytes, size_t resident)
{
	wave_used(add_relaxed(&stats_totals.live, bytes) + bytes);
	if (resident != 0)
		sub_relaxed(&stats_totals.idle, resident);
	if (bytes > resident)
		regret(bytes - resident);
}

size_t retention_free(size_t bytes, size_t resident)
{
	size_t live = sub_relaxed(&stats_totals.live, bytes) - bytes;
	size_t now = add_relaxed(&stats_totals.idle, resident) + resident;
	size_t limit = bound(live);

	wave_freed(bytes, live);
	return now > limit ? now - limit : 0;
}

/* Of what waves prove nothing: little more than that would go at each free. */
size_t retention_margin(void)
{
	size_t below = 100 - (size_t)options_get(OPTION_PURGE_TARGET);

	return ordinary(load_relaxed(&stats_totals.live)) / 100 * below;
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
	wave_rises(load_relaxed(&missing));
}
