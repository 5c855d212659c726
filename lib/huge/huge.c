/* SPDX-License-Identifier: MIT */
#include "huge/huge.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "base/lock.h"
#include "debug_ring/debug_ring.h"
#include "meta/meta.h"
#include "os/hak_os_map_boundary.h"
#include "registry/page_registry.h"
#include "retention/retention.h"
#include "stats/stats.h"
#include "thp/thp.h"

/* More mappings than this are not kept, however small. */
#define CACHE_SLOTS 16u
struct huge {
	char *base;
	size_t size;	   /* bytes, a multiple of GRANULE_SIZE */
	struct huge *next; /* unused descriptors, singly linked */
};

static struct lock huge_lock = LOCK_INIT(LOCK_RANK_HUGE);
static struct huge *descriptors;	 /* under huge_lock */
static struct huge *cache[CACHE_SLOTS]; /* oldest first; under huge_lock */
static unsigned cached;			 /* under huge_lock */

/* A cached mapping serves a request of at least 2/3 of its size, */
static bool fits(size_t size, size_t request)
{
	return request <= size && size / 3 * 2 <= request;
}

/* and a block keeps its mapping while it uses at least 3/4 of it. */
static bool keeps(size_t size, size_t request)
{
	return request <= size && size / 4 * 3 <= request;
}

size_t huge_round(size_t size)
{
	if (size > PTRDIFF_MAX - GRANULE_SIZE)
		return 0;
	return align_up(max_size(size, UNIT_SIZE + 1), GRANULE_SIZE);
}

static struct huge *descriptor_take(void)
{
	struct huge *h;

	lock_take(&huge_lock);
	h = descriptors;
	if (h)
		descriptors = h->next;
	lock_give(&huge_lock);
	return h ? h : meta_alloc(sizeof(*h));
}

static void descriptor_give(struct huge *h)
{
	lock_take(&huge_lock);
	h->next = descriptors;
	descriptors = h;
	lock_give(&huge_lock);
}

static struct huge *cache_remove(unsigned slot)
{
	struct huge *h = cache[slot];

	sub_relaxed(&stats_totals.huge_spare, h->size);
	cached--;
	for (; slot < cached; slot++)
		cache[slot] = cache[slot + 1];
	return h;
}

/* The newest mapping that fits well, or NULL. */
static struct huge *cache_take(size_t size, size_t alignment)
{
	struct huge *h = NULL;

	lock_take(&huge_lock);
	for (unsigned i = cached; i > 0 && !h; i--) {
		const struct huge *c = cache[i - 1];

		if (fits(c->size, size) &&
		    ((uintptr_t)c->base & (alignment - 1)) == 0)
			h = cache_remove(i - 1);
	}
	lock_give(&huge_lock);
	if (h)
		retention_use(h->size, h->size);
	return h;
}

static void unmap(struct huge *h)
{
	debug_ring_add(RING_UNMAP, (uintptr_t)h->base, h->size);
	sub_relaxed(&stats_totals.huge_mapped, h->size);
	os_release(h->base, h->size);
	descriptor_give(h);
}

/* Unmaps the oldest mappings until `bytes` are given back. */
static size_t evict(size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		struct huge *h = NULL;

		lock_take(&huge_lock);
		if (cached > 0)
			h = cache_remove(0);
		lock_give(&huge_lock);
		if (!h)
			break;
		done += h->size;
		retention_purged(h->size);
		unmap(h);
	}
	return done;
}

/* Memory that the registry knows. */
static void *map_known(size_t size, size_t alignment)
{
	void *base = os_map(size, alignment);

	if (base && !registry_reserve(base, 1)) {
		os_release(base, size);
		base = NULL;
	}
	return base;
}

static struct huge *map_fresh(size_t size, size_t alignment)
{
	struct huge *h = descriptor_take();

	if (!h)
		return NULL;
	h->base = map_known(size, alignment);
	if (!h->base) {
		descriptor_give(h);
		return NULL;
	}
	h->size = size;
	debug_ring_add(RING_MAP, (uintptr_t)h->base, size);
	thp_advise(h->base, size, false);
	add_relaxed(&stats_totals.huge_mapped, size);
	retention_use(size, 0);
	return h;
}

static void publish(struct huge *h)
{
	registry_set_unit(h->base, 1, h);
	registry_set_word(h->base, 1, WORD_HUGE);
}

static void withdraw(const struct huge *h)
{
	registry_set_word(h->base, 1, WORD_NONE);
	registry_set_unit(h->base, 1, NULL);
}

void *huge_alloc(size_t size, size_t alignment, bool *zeroed)
{
	size_t bytes = huge_round(size);
	struct huge *h;

	if (bytes == 0)
		return NULL;
	alignment = max_size(alignment, os_page_size());
	h = cache_take(bytes, alignment);
	*zeroed = h == NULL;
	if (!h)
		h = map_fresh(bytes, alignment);
	if (!h)
		return NULL;
	publish(h);
	return h->base;
}

void huge_free(void *block)
{
	struct huge *h = registry_unit(block), *oldest = NULL;
	size_t excess = retention_free(h->size, h->size);

	withdraw(h);
	lock_take(&huge_lock);
	if (cached == CACHE_SLOTS)
		oldest = cache_remove(0);
	cache[cached++] = h;
	add_relaxed(&stats_totals.huge_spare, h->size);
	lock_give(&huge_lock);
	if (oldest) {
		retention_purged(oldest->size);
		unmap(oldest);
	}
	if (excess != 0)
		evict(excess);
}

bool huge_begins(const void *block)
{
	const struct huge *h = registry_unit(block);

	return h && h->base == block;
}

size_t huge_usable(const void *block)
{
	const struct huge *h = registry_unit(block);

	return h->size;
}

static void account_resize(struct huge *h, size_t bytes)
{
	if (bytes > h->size)
		retention_use(bytes - h->size, 0);
	else
		retention_free(h->size - bytes, 0);
	add_relaxed(&stats_totals.huge_mapped, bytes - h->size);
	h->size = bytes;
}

/* Moves to where there are `bytes`.  False: nothing has changed. */
static bool move(struct huge *h, size_t bytes)
{
	struct registry_leaf *leaf = registry_take_leaf();
	char *place;

	if (!leaf)
		return false;
	/* Before the move: the next mapping there may be another thread's. */
	withdraw(h);
	place = os_move(h->base, h->size, bytes);
	registry_give_leaf(leaf, place ? place : h->base);
	if (place) {
		h->base = place;
		account_resize(h, bytes);
	}
	publish(h);
	return place != NULL;
}

static bool resize(struct huge *h, size_t bytes)
{
	if (!os_resize(h->base, h->size, bytes))
		return false;
	account_resize(h, bytes);
	return true;
}

/*
 * A block that grows once grows again: it gets an eighth to spare, if that can
 * be had.  Pages that nobody touches cost address space alone.
 */
static bool grow(struct huge *h, size_t bytes)
{
	size_t roomy = max_size(huge_round(bytes + bytes / 8), bytes);

	return resize(h, roomy) || resize(h, bytes) || move(h, roomy) ||
	       move(h, bytes);
}

void *huge_resize(void *block, size_t size)
{
	struct huge *h = registry_unit(block);
	size_t bytes = huge_round(size);

	if (bytes == 0)
		return NULL;
	if (keeps(h->size, bytes))
		return h->base;
	return (bytes < h->size ? resize(h, bytes) : grow(h, bytes)) ? h->base :
								      NULL;
}

size_t huge_purge(void)
{
	return evict(SIZE_MAX);
}

void huge_fork_prepare(void)
{
	lock_take(&huge_lock);
}

void huge_fork_parent(void)
{
	lock_give(&huge_lock);
}

void huge_fork_child(void)
{
	lock_reset(&huge_lock);
}
