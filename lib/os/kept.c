/* SPDX-License-Identifier: MIT */
#include "os/kept.h"

#include <stdint.h>

#include "base/atomics.h"
#include "base/bits.h"

#define KEPT_RANGES 64u
#define TRIES 10000u

static struct lock kept_lock = LOCK_INIT(LOCK_RANK_KEPT);
static struct kept_range ranges[KEPT_RANGES]; /* under kept_lock, no order */
HAK_NEAR static unsigned count; /* of them; written under kept_lock, read relaxed */

/*
 * Whoever holds the lock may be the code that a signal handler interrupted: a
 * wait for ever is none.  Longer than anybody holds it is enough.
 */
static bool enter(void)
{
	for (unsigned i = 0; i < TRIES; i++) {
		if (lock_try(&kept_lock))
			return true;
		cpu_pause();
	}
	return false;
}

/* The last range fills the gap. */
static void drop(unsigned i)
{
	ranges[i] = ranges[count - 1];
	store_relaxed(&count, count - 1);
}

static void append(const struct kept_range *range)
{
	if (range->size == 0 || count == KEPT_RANGES)
		return;
	ranges[count] = *range;
	store_relaxed(&count, count + 1);
}

/* Grows `range` by a neighbour, which leaves the table.  False: it has none. */
static bool join(struct kept_range *range)
{
	for (unsigned i = 0; i < count; i++) {
		const struct kept_range other = ranges[i];

		if (other.base + other.size != range->base &&
		    range->base + range->size != other.base)
			continue;
		range->base = other.base < range->base ? other.base : range->base;
		range->size += other.size;
		range->clean = range->clean && other.clean;
		drop(i);
		return true;
	}
	return false;
}

void kept_add(const struct kept_range *range)
{
	struct kept_range whole = *range;

	if (!enter())
		return;
	while (join(&whole))
		;
	append(&whole);
	lock_give(&kept_lock);
}

/* Cuts the request out of range i; what is left of it stays.  False: no fit. */
static bool cut(unsigned i, size_t size, size_t alignment,
		struct kept_range *out)
{
	struct kept_range whole = ranges[i], before = whole, after = whole;

	before.size = align_up((uintptr_t)whole.base, alignment) -
		      (uintptr_t)whole.base;
	if (whole.size < size || whole.size - size < before.size)
		return false;
	after.size = whole.size - size - before.size;
	if (before.size != 0 && after.size != 0 && count == KEPT_RANGES)
		return false;
	after.base = whole.base + before.size + size;
	*out = (struct kept_range){.base = whole.base + before.size,
				   .size = size,
				   .clean = whole.clean};
	drop(i);
	append(&before);
	append(&after);
	return true;
}

bool kept_take(size_t size, size_t alignment, struct kept_range *out)
{
	bool found = false;

	if (likely(load_relaxed(&count) == 0) || !enter())
		return false;
	for (unsigned i = 0; i < count && !found; i++)
		found = cut(i, size, alignment, out);
	lock_give(&kept_lock);
	return found;
}

bool kept_pop(struct kept_range *out)
{
	bool found;

	if (load_relaxed(&count) == 0 || !enter())
		return false;
	found = count != 0;
	if (found) {
		*out = ranges[0];
		drop(0);
	}
	lock_give(&kept_lock);
	return found;
}

void kept_fork(enum fork_step step)
{
	lock_fork(&kept_lock, step);
}
