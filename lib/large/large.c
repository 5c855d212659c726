/* SPDX-License-Identifier: MIT */
#include "large/large.h"

#include "base/atomics.h"
#include "huge/huge.h"
#include "registry/page_registry.h"
#include "stats/stats.h"

static unsigned granules_for(size_t size)
{
	return (unsigned)(large_round(max_size(size, 1)) >> GRANULE_SHIFT);
}

static void *register_run(struct slab *run)
{
	if (!run)
		return NULL;
	run->bin = BIN_LARGE;
	run->owner = NULL;
	add_relaxed(&stats_totals.large, run->granules * GRANULE_SIZE);
	registry_set_word(run->base, 1, WORD_LARGE);
	return run->base;
}

void *large_alloc(size_t size, size_t alignment, bool *zeroed)
{
	size_t align = max_size(alignment, GRANULE_SIZE) >> GRANULE_SHIFT;
	struct slab *run = arena_take(granules_for(size), (unsigned)align);

	*zeroed = run && run->content != RUN_USED;
	return register_run(run);
}

void *large_alloc_roomy(size_t size)
{
	return register_run(arena_take_roomy(granules_for(size)));
}

void large_free(void *block)
{
	struct slab *run = slab_of(block);

	registry_set_word(block, 1, WORD_NONE);
	sub_relaxed(&stats_totals.large, run->granules * GRANULE_SIZE);
	huge_purge_excess(arena_give(run, run->granules * GRANULE_SIZE));
}

size_t large_usable(const void *block)
{
	return slab_of(block)->granules * GRANULE_SIZE;
}

bool large_resize(void *block, size_t size)
{
	struct slab *run = slab_of(block);
	unsigned want, have = run->granules;

	if (size > LARGE_MAX)
		return false;
	want = granules_for(size);
	if (want > have && !arena_extend(run, want))
		return false;
	/* What it has to spare it keeps, up to a third: see move_block(). */
	if (want <= have && want * 3 >= have * 2)
		return true;
	if (want < have)
		huge_purge_excess(arena_shorten(run, want));
	add_relaxed(&stats_totals.large, (want - (size_t)have) * GRANULE_SIZE);
	return true;
}
