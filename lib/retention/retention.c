/* SPDX-License-Identifier: MIT */
#include "retention/retention.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "options/options.h"

#define BOOST_MAX ((size_t)64 << 20)

static size_t live;	     /* bytes in use */
static size_t idle;	     /* bytes free and perhaps resident */
static size_t boost;	     /* hysteresis */
static size_t missing;	     /* bytes purged lately and not wanted since */
static size_t missed;	     /* bytes wanted again since the last purge */
static uint64_t purged_total; /* bytes */

static size_t bound(void)
{
	size_t floor = (size_t)options_get(OPTION_PURGE_FLOOR) << 10;
	size_t share = load_relaxed(&live) / 100 *
		       (size_t)options_get(OPTION_PURGE_SHARE);

	return max_size(floor, share) + load_relaxed(&boost);
}

/* Clean memory is taken while purged memory is still missing: a regret. */
static void regret(size_t bytes)
{
	size_t known = load_relaxed(&missing); /* once: others write it too */
	size_t again = min_size(bytes, known);

	if (again == 0)
		return;
	store_relaxed(&missing, known - again);
	store_relaxed(&missed, load_relaxed(&missed) + again);
	store_relaxed(&boost,
		      min_size(BOOST_MAX, load_relaxed(&boost) + again / 4));
}

void retention_use(size_t bytes, size_t resident)
{
	add_relaxed(&live, bytes);
	if (resident != 0)
		sub_relaxed(&idle, resident);
	if (bytes > resident)
		regret(bytes - resident);
}

size_t retention_free(size_t bytes, size_t resident)
{
	size_t limit, now;

	sub_relaxed(&live, bytes);
	now = add_relaxed(&idle, resident) + resident;
	limit = bound();
	/* Down to half, so that purges come in large pieces. */
	return now > limit ? now - limit / 2 : 0;
}

void retention_refused(size_t bytes)
{
	add_relaxed(&boost, bytes);
}

void retention_purged(size_t bytes)
{
	sub_relaxed(&idle, bytes);
	add_relaxed(&purged_total, bytes);
	if (load_relaxed(&missed) == 0)
		store_relaxed(&boost, load_relaxed(&boost) / 2);
	store_relaxed(&missed, 0);
	store_relaxed(&missing, load_relaxed(&missing) + bytes);
}

uint64_t retention_live(void)
{
	return load_relaxed(&live);
}

uint64_t retention_idle(void)
{
	return load_relaxed(&idle);
}

uint64_t retention_purged_total(void)
{
	return load_relaxed(&purged_total);
}
