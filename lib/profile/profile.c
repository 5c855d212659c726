/* SPDX-License-Identifier: MIT */
#include "profile/profile.h"

#include <errno.h>

#include "stats/stats.h"

static struct lock profile_lock = LOCK_INIT(LOCK_RANK_PROFILE);
HAK_NEAR uint32_t profile_epoch;
profile_stack_fn profile_stack; /* written under the lock, read relaxed */
static uint64_t mean_bytes; /* written under the lock, read relaxed */
static bool inherited;	    /* in the child of a fork, when it is alone */

uint64_t profile_mean(void)
{
	return load_relaxed(&mean_bytes);
}

int profile_begin(uint64_t mean, profile_stack_fn stack)
{
	int error = 0;

	lock_take(&profile_lock);
	if (profile_is_on(profile_epoch)) {
		error = EALREADY;
	} else {
		samples_reset();
		sites_reset();
		store_relaxed(&stats_totals.profile_bytes, (uint64_t)0);
		store_relaxed(&mean_bytes, mean);
		store_relaxed(&profile_stack, stack);
		store_relaxed(&stats_totals.profile_mean, mean);
		store_release(&profile_epoch, profile_epoch + 1);
	}
	lock_give(&profile_lock);
	return error;
}

void profile_end(void)
{
	lock_take(&profile_lock);
	if (profile_is_on(profile_epoch)) {
		store_relaxed(&stats_totals.profile_mean, (uint64_t)0);
		store_release(&profile_epoch, profile_epoch + 1);
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
	site_sum_subtract(&out->site->live, out->sum);
	count_relaxed(&stats_totals.profile_bytes, -out->sum.bytes);
	return true;
}

static void put(const struct sample *s)
{
	if (!samples_put(s)) {
		count_relaxed(&stats_totals.profile_lost, 1u);
		return;
	}
	site_sum_add(&s->site->live, s->sum);
	count_relaxed(&stats_totals.profile_bytes, s->sum.bytes);
}

void profile_add(const void *block, size_t size, const uintptr_t *pc, unsigned depth)
{
	struct sample stale, s = {.block = block};

	lock_take(&profile_lock);
	s.sum = sum_of(size);
	s.site = sites_find(pc, depth);
	if (s.site && profile_is_on(profile_epoch)) {
		take(block, &stale);
		put(&s);
		site_sum_add(&s.site->total, s.sum);
		count_relaxed(&stats_totals.profile_samples, 1u);
	} else if (!s.site) {
		count_relaxed(&stats_totals.profile_lost, 1u);
	}
	lock_give(&profile_lock);
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
