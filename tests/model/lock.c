/* SPDX-License-Identifier: MIT */
/* model: lib/base/lock.h for fibers: a lock is one step, and ranks are checked. */
#include "base/lock.h"

#include "hooks.h"
#include "model.h"

enum { FREE = 0, HELD = 1 };

__thread uint32_t critical_depth; /* of hardened mode alone, which is off */

static unsigned held[FIBERS_MAX + 1][LOCK_RANK_COUNT];

static void enter(struct lock *l, bool tried)
{
	unsigned *mine = held[model_fiber()];

	for (unsigned rank = l->rank + 1; rank < LOCK_RANK_COUNT; rank++)
		must(mine[rank] == 0, "lock rank %u taken after %u", l->rank, rank);
	must(mine[l->rank] == 0 || tried || mine[LOCK_RANK_HEAP_LIST] != 0,
	     "two locks of rank %u", l->rank);
	mine[l->rank]++;
	l->state = HELD;
}

void lock_take(struct lock *l)
{
	model_access(l, true);
	while (l->state != FREE)
		model_block(&l->state, FREE);
	enter(l, false);
}

bool lock_try(struct lock *l)
{
	model_access(l, true);
	if (l->state != FREE)
		return false;
	enter(l, true);
	return true;
}

void lock_give(struct lock *l)
{
	must(held[model_fiber()][l->rank]-- != 0, "a lock given that was not held");
	l->state = FREE;
	model_access(l, true);
}

bool in_critical(void)
{
	for (unsigned rank = 0; rank < LOCK_RANK_COUNT; rank++)
		if (held[model_fiber()][rank] != 0)
			return true;
	return false;
}

bool lock_is_reentered(void)
{
	return in_critical();
}

/* Between two scenarios alone: nobody holds anything then. */
void lock_fork_start(void)
{
}

void lock_fork_end(void)
{
}

bool lock_fork(struct lock *l, enum fork_step step)
{
	if (step == FORK_TAKE)
		lock_take(l);
	else
		lock_give(l);
	return true;
}

void lock_set_master(bool on)
{
	(void)on;
}
