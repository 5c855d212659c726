/* SPDX-License-Identifier: MIT */
#include "hardened/region.h"

#include "base/bits.h"
#include "hardened/dice.h"
#include "meta/meta.h"
#include "os/hak_os_map_boundary.h"
#include "stats/stats.h"

static struct lock region_lock = LOCK_INIT(LOCK_RANK_REGION);
static struct region *current; /* under region_lock */
static unsigned next_granule;  /* of it, under region_lock */
static int guards;	       /* mappings left for guards; relaxed */

void region_set_guards(unsigned count)
{
	store_relaxed(&guards, (int)count);
}

bool region_spend_guard(void)
{
	if (sub_relaxed(&guards, 1) > 0)
		return true;
	add_relaxed(&guards, 1);
	return false;
}

void region_return_guard(void)
{
	add_relaxed(&guards, 1);
}

/* A page that is as large as a granule takes a granule to guard. */
size_t region_payload(unsigned granules)
{
	size_t bytes = granules * GRANULE_SIZE;

	return os_page_size() < GRANULE_SIZE ? bytes - os_page_size() : bytes;
}

static unsigned span_granules(unsigned granules)
{
	return os_page_size() < GRANULE_SIZE ? granules : granules + 1;
}

static struct region *region_make(void)
{
	struct region *r = meta_alloc(sizeof(*r));

	if (!r)
		return NULL;
	r->base = os_reserve(REGION_SIZE, UNIT_SIZE);
	if (!r->base)
		return NULL;
	if (!registry_reserve(r->base, REGION_SIZE)) {
		os_unreserve(r->base, REGION_SIZE);
		return NULL;
	}
	os_name(r->base, REGION_SIZE, "hakmem: hardened");
	registry_set_unit(r->base, REGION_UNITS, r);
	return r;
}

/* Opens a span; where guards cannot be had, all that is left of the region. */
static bool open_span(struct region *r, char *base, size_t payload)
{
	if (!r->whole && region_spend_guard()) {
		if (os_commit(base, payload))
			return true;
		region_return_guard();
	}
	r->whole = r->whole || os_commit(r->base + GRANULE_SIZE,
				       REGION_SIZE - GRANULE_SIZE);
	return r->whole;
}

/* The bitmap and the records stand behind the span. */
static struct span *span_make(const struct size_class *class)
{
	size_t payload = region_payload(class->granules);
	size_t capacity = min_size(payload / class->block, SPAN_SLOTS_MAX);
	size_t words = (capacity + 63) / 64;
	struct span *span = meta_alloc(sizeof(*span) + words * sizeof(uint64_t) +
				       capacity * sizeof(*span->record));

	if (!span)
		return NULL;
	span->inverse = class->inverse;
	span->stride = class->block;
	span->capacity = (uint32_t)capacity;
	span->free = (uint64_t *)(span + 1);
	span->record = (uint32_t *)(span->free + words);
	for (size_t i = 0; i < words; i++)
		span->free[i] = ~(uint64_t)0;
	if (capacity % 64 != 0)
		span->free[words - 1] = ((uint64_t)1 << capacity % 64) - 1;
	span->open = words == 64 ? ~(uint64_t)0 : ((uint64_t)1 << words) - 1;
	return span;
}

/* Room for so many granules in the current region.  Under region_lock. */
static bool have_room(unsigned granules)
{
	struct region *fresh;

	if (current && next_granule + granules <= REGION_GRANULES)
		return true;
	fresh = region_make();
	if (!fresh)
		return false;
	current = fresh;
	next_granule = 1;
	return true;
}

/*
 * The first large slot begins where chance wants it in what the slots leave, as
 * aligned as all are; else those of all spans would share a few sets of the CPU's
 * caches.  Small ones begin behind a closed page.
 */
static size_t span_colour(const struct span *span, size_t payload, unsigned roll)
{
	size_t left = payload - (size_t)span->capacity * span->stride;
	size_t unit = span->stride & -span->stride;

	if (!slot_class_shifts(span->id))
		return 0;
	left = min_size(left, span->stride);
	return unit * dice_below(roll, (unsigned)(left / unit) + 1);
}

/* Under region_lock. */
static struct span *cut(unsigned id, uint32_t clean, void *bin, unsigned roll)
{
	const struct size_class *class = slot_class(id);
	size_t payload = region_payload(class->granules);
	struct span *span;

	if (!have_room(span_granules(class->granules)))
		return NULL;
	span = span_make(class);
	if (!span)
		return NULL;
	span->id = id;
	span->clean = clean;
	span->bin = bin;
	span->base = current->base + next_granule * GRANULE_SIZE;
	if (span_is_closed(span))
		payload = 0;
	else if (!open_span(current, span->base, payload))
		return NULL;
	span->base += span_colour(span, region_payload(class->granules), roll);
	for (unsigned i = 0; i < class->granules; i++)
		store_release(&current->span[next_granule + i], span);
	next_granule += span_granules(class->granules);
	add_relaxed(&stats_totals.hardened, payload);
	return span;
}

struct span *region_cut(unsigned id, uint32_t clean, void *bin, unsigned roll)
{
	struct span *span;

	lock_take(&region_lock);
	span = cut(id, clean, bin, roll);
	lock_give(&region_lock);
	if (span)
		registry_set_word(span_start(span), slot_class(id)->granules,
				  word_of(OWNER_HARDENED, id));
	return span;
}

void region_fork(enum fork_step step)
{
	lock_fork(&region_lock, step);
}
