/* SPDX-License-Identifier: MIT */
/*
 * The table is open addressing with linear probing, at most half full.  Tables that were
 * outgrown stay in meta: all of them together are smaller than the one in use.
 */
#include "profile/samples.h"

#include <string.h>

#include "meta/meta.h"
#include "stats/stats.h"

#define FIRST_BITS 10
/* With 16 slots for each place, at most one of 32 slots has a block. */
#define FILTER_BITS 4

static struct filter no_filter = {.mask = 0, .slot = {0}};
struct filter *samples_filter = &no_filter;

static struct sample *table; /* NULL: there is none yet */
static unsigned bits;	     /* log2 of its places */
static size_t count;	     /* of samples in it */

static size_t mask(void)
{
	return ((size_t)1 << bits) - 1;
}

static size_t home(const void *block)
{
	return samples_hash(block) >> (64 - bits);
}

/* Where the block is, or the free place where it would be. */
static size_t find(const void *block)
{
	size_t i = home(block);

	while (table[i].block && table[i].block != block)
		i = (i + 1) & mask();
	return i;
}

/* by: 1 or -1.  A slot with too many blocks to count keeps that number. */
static void filter_change(struct filter *f, const void *block, uint32_t by)
{
	uint64_t hash = samples_hash(block);
	uint32_t *slot = &f->slot[samples_slot(f, hash)];

	if ((*slot & FILTER_COUNT) != FILTER_COUNT)
		store_relaxed(slot, (*slot ^ samples_fingerprint(hash)) + by);
}

/*
 * Moves all samples into a table of 2^new_bits places, which stands behind its filter:
 * with two allocations, one that fails would waste the other at each new sample.
 */
static bool grow(unsigned new_bits)
{
	struct sample *old = table;
	size_t places = old ? mask() + 1 : 0, slots = (size_t)1 << (new_bits + FILTER_BITS);
	struct filter *f = meta_alloc(sizeof(*f) + slots * sizeof(*f->slot) +
				      (sizeof(*table) << new_bits));

	if (!f)
		return false;
	f->mask = slots - 1;
	table = (void *)(f->slot + slots);
	bits = new_bits;
	for (size_t i = 0; i < places; i++)
		if (old[i].block) {
			table[find(old[i].block)] = old[i];
			filter_change(f, old[i].block, 1);
		}
	store_release(&samples_filter, f);
	return true;
}

static void count_by(size_t by)
{
	count += by;
	count_relaxed(&stats_totals.profile_live, (uint64_t)by);
}

bool samples_put(const struct sample *s)
{
	if ((!table || count > mask() / 2) && !grow(table ? bits + 1 : FIRST_BITS))
		return false;
	table[find(s->block)] = *s;
	filter_change(samples_filter, s->block, 1);
	count_by(1);
	return true;
}

/* Those behind a place that became free move up, unless they stand at their home. */
static void close_gap(size_t gap)
{
	for (size_t i = (gap + 1) & mask(); table[i].block; i = (i + 1) & mask())
		if (((i - home(table[i].block)) & mask()) >= ((i - gap) & mask())) {
			table[gap] = table[i];
			gap = i;
		}
	table[gap].block = NULL;
}

bool samples_take(const void *block, struct sample *out)
{
	size_t i;

	if (!table)
		return false;
	i = find(block);
	if (!table[i].block)
		return false;
	*out = table[i];
	close_gap(i);
	filter_change(samples_filter, block, (uint32_t)-1);
	count_by((size_t)-1);
	return true;
}

const struct sample *samples_table(size_t *places)
{
	*places = table ? mask() + 1 : 0;
	return table;
}

void samples_reset(void)
{
	struct filter *f = samples_filter;

	if (count == 0)
		return;
	memset(table, 0, (mask() + 1) * sizeof(*table));
	for (size_t i = 0; i <= f->mask; i++)
		store_relaxed(&f->slot[i], 0u);
	count_by(-count);
}

void samples_forget_sites(void)
{
	for (size_t i = 0; table && i <= mask(); i++)
		table[i].site = NULL;
}
