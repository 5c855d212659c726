/* SPDX-License-Identifier: MIT */
#include "profile/profile.h"

#include <errno.h>

#include "stats/stats.h"

#define NO_MEAN UINT64_MAX /* 0 is one: each allocation is a sample */

static struct lock profile_lock = LOCK_INIT(LOCK_RANK_PROFILE);
HAK_NEAR uint32_t profile_epoch;
profile_stack_fn profile_stack; /* written under the lock, read relaxed */
bool profile_is_traced;
static uint64_t mean_bytes; /* written under the lock, read relaxed */
/* The means of the profile and for a tracer, or NO_MEAN.  Under the lock. */
static uint64_t recorded = NO_MEAN, traced = NO_MEAN;
static bool inherited;	    /* in the child of a fork, when it is alone */

uint64_t profile_mean(void)
{
	return load_relaxed(&mean_bytes);
}

/* A profile or a tracer came or went: samples are taken for who is left. */
static void sample_anew(void)
{
	uint64_t mean = recorded != NO_MEAN ? recorded : traced;
	bool was_on = profile_is_on(profile_epoch), is_on = mean != NO_MEAN;

	if (is_on && !was_on)
		samples_reset();
	if (is_on)
		store_relaxed(&mean_bytes, mean);
	store_release(&profile_epoch, profile_epoch + (was_on == is_on ? 2 : 1));
}

static void record(uint64_t mean, profile_stack_fn stack)
{
	recorded = mean;
	store_relaxed(&profile_stack, stack);
	store_relaxed(&stats_totals.profile_mean, mean == NO_MEAN ? 0 : mean);
	sample_anew();
}

int profile_begin(uint64_t mean, profile_stack_fn stack)
{
	int error = 0;

	lock_take(&profile_lock);
	if (recorded != NO_MEAN) {
		error = EALREADY;
	} else {
		sites_reset();
		store_relaxed(&stats_totals.profile_bytes, (uint64_t)0);
		record(mean, stack);
	}
	lock_give(&profile_lock);
	return error;
}

void profile_end(void)
{
	lock_take(&profile_lock);
	if (recorded != NO_MEAN) {
		record(NO_MEAN, NULL);
		if (traced != NO_MEAN) /* the frees that follow are not the profile's */
			samples_forget_sites();
	}
	lock_give(&profile_lock);
}

void profile_trace(uint64_t mean)
{
	if (mean == 0)
		mean = NO_MEAN;
	lock_take(&profile_lock);
	if (traced != mean) {
		traced = mean;
		store_relaxed(&profile_is_traced, mean != NO_MEAN);
		if (recorded == NO_MEAN)
			sample_anew();
	}
	lock_give(&profile_lock);
}

static struct site_sum sum_of(size_t size)
{
	double weight = chance_weight(size, mean_bytes);

	return (struct site_sum){
		.objects = (uint64_t)(weight * (1 << SITE_OBJECT_SHIFT) + 0.5),
		.bytes = (uint64_t)(weight * (double)size + 0.5),
	};
}

static bool take(const void *block, struct sample *out)
{
	if (!samples_take(block, out))
		return false;
	if (out->site) {
		site_sum_subtract(&out->site->live, out->sum);
		count_relaxed(&stats_totals.profile_bytes, -out->sum.bytes);
	}
	return true;
}

static void put(const struct sample *s)
{
	if (!samples_put(s)) {
		count_relaxed(&stats_totals.profile_lost, 1u);
	} else if (s->site) {
		site_sum_add(&s->site->live, s->sum);
		count_relaxed(&stats_totals.profile_bytes, s->sum.bytes);
	}
}

/* A sample that is to be in a profile has a site, or there is no memory for one. */
static void add(const struct sample *s)
{
	struct sample stale;

	take(s->block, &stale);
	put(s);
	if (s->site)
		site_sum_add(&s->site->total, s->sum);
	count_relaxed(&stats_totals.profile_samples, 1u);
}

uint64_t profile_add(const void *block, size_t size, const uintptr_t *pc, unsigned depth)
{
	struct sample s = {.block = block};

	lock_take(&profile_lock);
	s.sum = sum_of(size);
	if (pc && recorded != NO_MEAN)
		s.site = sites_find(pc, depth);
	if (profile_is_on(profile_epoch) && (s.site || profile_is_traced))
		add(&s);
	else if (pc && recorded != NO_MEAN)
		count_relaxed(&stats_totals.profile_lost, 1u);
	lock_give(&profile_lock);
	return s.sum.bytes;
}

bool profile_take(const void *block, struct sample *out)
{
	bool found;

	if (!profile_is_on(load_relaxed(&profile_epoch)))
		return false;
	lock_take(&profile_lock);
	found = take(block, out);
	lock_give(&profile_lock);
	return found;
}

void profile_put_back(const struct sample *s, uint32_t epoch)
{
	lock_take(&profile_lock);
	if (profile_epoch == epoch)
		put(s);
	lock_give(&profile_lock);
}

int profile_look(int (*look)(void *arg, const struct sample *table, size_t places),
		 void *arg)
{
	const struct sample *table;
	size_t places;
	int result;

	lock_take(&profile_lock);
	table = samples_table(&places);
	result = look(arg, table, places);
	lock_give(&profile_lock);
	return result;
}

void profile_fork(enum fork_step step)
{
	lock_fork(&profile_lock, step);
	if (step == FORK_RESET)
		inherited = true;
}

bool profile_is_inherited(void)
{
	return inherited;
}
