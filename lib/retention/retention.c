/* SPDX-License-Identifier: MIT */
#include "retention/retention.h"

#include <stdint.h>

#include "base/bits.h"
#include "base/coarse_clock.h"
#include "options/options.h"
#include "stats/stats.h"

/* "Soon", and how often unused idle memory is looked for: milliseconds. */
#define PERIOD 600u

/* How often sparse slabs are looked for: milliseconds. */
#define SPARSE_PERIOD 100u
/* Growth by so much is worth a look at them: bytes. */
#define GROWTH_STEP ((size_t)1 << 20)
/* This part of the bound of idle memory bounds the free pages of sparse slabs. */
#define SPARSE_SHARE 4u

HAK_NEAR size_t retention_widened, retention_crowded, retention_rest;
HAK_NEAR static size_t grown; /* clean bytes taken while it is crowded */
HAK_NEAR static uint64_t thinned_at; /* coarse_clock_ms() */
HAK_NEAR static size_t missing;	    /* purged lately and not wanted since */
HAK_NEAR static uint64_t purged_at; /* when that was; coarse_clock_ms() */
HAK_NEAR static size_t refused;	    /* what the system would not take back */
HAK_NEAR static size_t least_idle;  /* since `looked_at` */
HAK_NEAR static uint64_t looked_at; /* coarse_clock_ms() */

/* What a process may keep whatever it does: the floor, or a share of what is live. */
static size_t basic(size_t live)
{
	size_t floor = (size_t)options_get(OPTION_PURGE_FLOOR) << 10;
	size_t share = live / 100 * (size_t)options_get(OPTION_PURGE_SHARE);

	return max_size(floor, share);
}

/* The bound of a process that does not go up and down. */
static size_t ordinary(size_t live)
{
	return basic(live) + load_relaxed(&refused);
}

static size_t excess(size_t live, size_t idle)
{
	return excess_of(idle, ordinary(live) + load_relaxed(&retention_widened));
}

/* What is live but for so many bytes of free pages. */
static size_t live_beside(size_t free_pages)
{
	return excess_of(load_relaxed(&stats_totals.live), free_pages);
}

static size_t sparse_bound(size_t sparse)
{
	return basic(live_beside(sparse)) / SPARSE_SHARE + load_relaxed(&refused);
}

/* The heaps' sparse bytes are to be summed up. */
static void raise_alarm(void)
{
	if (load_relaxed(&retention_crowded) == 0)
		store_relaxed(&retention_crowded, (size_t)1);
}

/* Clean memory is taken while purged memory is still missing. */
static void widen(size_t bytes)
{
	size_t known = load_relaxed(&missing); /* once: others write it too */
	size_t again = min_size(bytes, known);
	size_t most = (size_t)options_get(OPTION_PURGE_HYSTERESIS) << 10;
	uint64_t now;

	if (again == 0)
		return;
	now = coarse_clock_ms();
	if (now - load_relaxed(&purged_at) > PERIOD || now == 0) {
		store_relaxed(&missing, (size_t)0);
		return;
	}
	store_relaxed(&missing, known - again);
	if (load_relaxed(&retention_widened) == 0) {
		store_relaxed(&looked_at, now);
		store_relaxed(&least_idle, (size_t)0);
	}
	store_relaxed(&retention_widened,
		      min_size(most, load_relaxed(&retention_widened) + 2 * again));
}

/*
 * A purge narrows the bound: what is beyond it then goes in time, if nobody wants it.
 * Without a clock there is no such time.
 */
static void watch_rest(void)
{
	size_t rest = excess(load_relaxed(&stats_totals.live),
			     load_relaxed(&stats_totals.idle));

	store_relaxed(&retention_rest, load_relaxed(&purged_at) != 0 ? rest : 0);
}

/* `counter` -= bytes, but not below 0. */
static void lower(size_t *counter, size_t bytes)
{
	store_relaxed(counter, excess_of(load_relaxed(counter), bytes));
}

/* What is purged for it narrows the bound. */
size_t retention_unused(void)
{
	size_t unused = load_relaxed(&least_idle);
	uint64_t now = coarse_clock_ms();

	if (now - load_relaxed(&looked_at) < PERIOD)
		return 0;
	store_relaxed(&looked_at, now);
	store_relaxed(&least_idle, load_relaxed(&stats_totals.idle));
	watch_rest();
	return excess_of(unused, ordinary(load_relaxed(&stats_totals.live)));
}

void retention_use(size_t bytes, size_t resident)
{
	size_t idle;

	add_relaxed(&stats_totals.live, bytes);
	if (resident != 0) {
		idle = sub_relaxed(&stats_totals.idle, resident) - resident;
		if (idle < load_relaxed(&least_idle))
			store_relaxed(&least_idle, idle);
	}
	if (bytes <= resident)
		return;
	widen(bytes - resident);
	if (load_relaxed(&retention_crowded) != 0)
		add_relaxed(&grown, bytes - resident);
}

size_t retention_free(size_t bytes, size_t resident)
{
	size_t live = sub_relaxed(&stats_totals.live, bytes) - bytes;
	size_t idle = add_relaxed(&stats_totals.idle, resident) + resident;

	return max_size(excess(live, idle),
			load_relaxed(&retention_widened) != 0 ? retention_unused() : 0);
}

size_t retention_margin(void)
{
	size_t below = 100 - (size_t)options_get(OPTION_PURGE_TARGET);

	return ordinary(load_relaxed(&stats_totals.live)) / 100 * below;
}

void retention_refused(size_t bytes)
{
	add_relaxed(&refused, bytes);
}

void retention_purged(size_t bytes)
{
	sub_relaxed(&stats_totals.idle, bytes);
	add_relaxed(&stats_totals.purged, bytes);
	lower(&retention_widened, bytes);
	lower(&refused, bytes);
	add_relaxed(&missing, bytes);
	store_relaxed(&purged_at, coarse_clock_ms());
	watch_rest();
	raise_alarm(); /* `live`, and so their bound, may be less than it was */
}

/* ---- sparse slabs ---- */

void retention_note_sparse(size_t bytes, size_t held, unsigned heaps)
{
	size_t floor = (size_t)options_get(OPTION_PURGE_FLOOR) << 10;
	size_t share = held / 100 * (size_t)options_get(OPTION_PURGE_SHARE);
	size_t all = bytes * SPARSE_SHARE;

	if (all > share && all * heaps > floor)
		raise_alarm();
}

void retention_thinned(size_t bytes)
{
	sub_relaxed(&stats_totals.live, bytes);
	add_relaxed(&stats_totals.purged, bytes);
}

void retention_not_thin(size_t bytes)
{
	add_relaxed(&stats_totals.live, bytes);
}

static bool is_grown(void)
{
	return load_relaxed(&grown) >= GROWTH_STEP;
}

static bool is_time(uint64_t now)
{
	return now - load_relaxed(&thinned_at) >= SPARSE_PERIOD;
}

bool retention_begin_look(void)
{
	if (load_relaxed(&retention_crowded) == 0 ||
	    (!is_grown() && !is_time(coarse_clock_ms())))
		return false;
	store_relaxed(&retention_crowded, (size_t)0);
	return true;
}

size_t retention_sparse_excess(size_t sparse, bool *old)
{
	size_t over = excess_of(sparse, sparse_bound(sparse));
	size_t taken = load_relaxed(&grown);
	uint64_t now = coarse_clock_ms();

	if (over != 0)
		store_relaxed(&retention_crowded, over);
	*old = !is_grown();
	if (!*old) {
		store_relaxed(&grown, (size_t)0);
		return min_size(taken, excess_of(sparse, ordinary(live_beside(sparse))));
	}
	if (!is_time(now))
		return 0;
	store_relaxed(&thinned_at, now);
	return over;
}
