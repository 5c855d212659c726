/* SPDX-License-Identifier: MIT */
/*
 * model: the library's own lock on a futex of the model (futex.h).  Three threads enter
 * twice each: never two at once, and none sleeps for ever.
 */
#include <sys/single_threaded.h>

#include "base/futex.h"
#include "base/lock.h"
#include "model.h"

static struct lock lock = LOCK_INIT(LOCK_RANK_ARENA);
static unsigned inside, entries;
static uint32_t asleep[FIBERS_MAX]; /* 1: in futex_wait() */

void threads_switch(unsigned from, unsigned to)
{
	(void)from;
	(void)to;
}

void threads_reset(void)
{
}

/* All that there is is in the four variables above. */
void memory_start(void)
{
}

void memory_keep(void)
{
}

void memory_touch(const volatile void *address)
{
	(void)address;
}

void memory_restore(void)
{
	lock.state = 0;
	inside = entries = 0;
	for (unsigned i = 0; i < FIBERS_MAX; i++)
		asleep[i] = 0;
}

bool memory_is_covered(void)
{
	return true;
}

void futex_wait(uint32_t *word, uint32_t value, uint32_t seconds)
{
	(void)seconds;
	model_yield();
	if (*word != value)
		return;
	asleep[model_fiber()] = 1;
	model_block(&asleep[model_fiber()], 0);
}

void futex_wake(uint32_t *word)
{
	(void)word;
	model_yield();
	for (unsigned i = 0; i < FIBERS_MAX; i++)
		if (asleep[i]) {
			asleep[i] = 0;
			return;
		}
}

static void enter_twice(void)
{
	for (int i = 0; i < 2; i++) {
		lock_take(&lock);
		must(inside++ == 0, "two threads hold the lock");
		model_yield();
		inside--;
		entries++;
		lock_give(&lock);
	}
}

static void try_once(void)
{
	if (lock_try(&lock)) {
		must(inside++ == 0, "two threads hold the lock");
		model_yield();
		inside--;
		lock_give(&lock);
	}
	enter_twice();
}

static void finish(void)
{
	must(entries == 6, "%u entries", entries);
	must(lock.state == 0, "the lock is left in state %u", lock.state);
}

int main(void)
{
	static const struct scenario scenario = {
		"a lock on a futex", 4, 3, {enter_twice, enter_twice, try_once},
		NULL, finish,
	};

	__libc_single_threaded = 0; /* fibers stand for threads */
	model_explore(&scenario);
	return 0;
}
