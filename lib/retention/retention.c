/* SPDX-License-Identifier: MIT */
#include "retention/retention.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "options/options.h"
#include "stats/stats.h"

static size_t boost;	     /* hysteresis */
static size_t missing;	     /* bytes purged lately and not wanted since */

static size_t bound(void)
{
	size_t floor = (size_t)options_get(OPTION_PURGE_FLOOR) << 10;
	size_t share = load_relaxed(&stats_totals.live) / 100 *
		       (size_t)options_get(OPTION_PURGE_SHARE);

	return max_size(floor, share) + load_relaxed(&boost);
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
	store_relaxed(&boost, min_size((size_t)options_get(OPTION_PURGE_HYSTERESIS) << 10,
				       load_relaxed(&boost) + 2 * again));
}

void retention_use(size_t bytes, size_t resident)
{
	add_relaxed(&stats_totals.live, bytes);
	if (resident != 0)
		sub_relaxed(&stats_totals.idle, resident);
	if (bytes > resident)
		regret(bytes - resident);
}

size_t retention_free(size_t bytes, size_t resident)
{
	size_t limit, now;

	sub_relaxed(&stats_totals.live, bytes);
	now = add_relaxed(&stats_totals.idle, resident) + resident;
	limit = bound();
	/* Down to less than the bound, so that purges come in large pieces. */
	return now > limit ? now - limit / 100 * (size_t)options_get(OPTION_PURGE_TARGET) :
			     0;
}

void retention_refused(size_t bytes)
{
	add_relaxed(&boost, bytes);
}

void retention_purged(size_t bytes)
{
	size_t now = load_relaxed(&boost);

	sub_relaxed(&stats_totals.idle, bytes);
	add_relaxed(&stats_totals.purged, bytes);
	store_relaxed(&boost, now - min_size(now, bytes));
	store_relaxed(&missing, load_relaxed(&missing) + bytes);
}
