/* SPDX-License-Identifier: MIT */
#include "arena/arena.h"

#include "arena/chunk.h"
#include "arena/ss_list.h"
#include "base/bits.h"
#include "debug_ring/debug_ring.h"
#include "os/hak_os_map_boundary.h"
#include "registry/page_registry.h"
#include "retention/retention.h"
#include "thp/thp.h"

/* SuperSlabs looked at for a resident run before any free one will do. */
#define DIRTY_PROBES 8u

static struct lock arena_lock = LOCK_INIT(LOCK_RANK_ARENA);
HAK_NEAR static struct ss_lists lists; /* under arena_lock */

/* The starts of runs of `granules` free ones at a multiple of `align`. */
static uint32_t aligned_starts(uint32_t free, unsigned granules, unsigned align)
{
	/* Every `align`-th bit: 0xffffffff / 3 == 0x55555555, and so on. */
	uint32_t aligned = UINT32_MAX / bit_run(0, align);

	return run_starts(free, granules) & aligned;
}

/* The bytes of the granules in `mask`. */
static size_t mask_bytes(uint32_t mask)
{
	return (size_t)__builtin_popcount(mask) * GRANULE_SIZE;
}

/* `count` free granules from `first` on become part of the run at `head`. */
static void claim_granules(struct superslab *ss, unsigned head, unsigned first,
		  unsigned count)
{
	uint32_t bits = bit_run(first, count);

	retention_use(mask_bytes(bits), mask_bytes(ss->dirty & bits));
	ss->free &= ~bits;
	ss->dirty &= ~bits;
	ss->blank &= ~bits;
	ss->doubted &= ~bits;
	ss->refused &= ~bits;
	for (unsigned i = first; i < first + count; i++)
		ss->head[i] = (uint8_t)head;
	ss_lists_rank(&lists, ss);
}

static enum run_content content_of(const struct superslab *ss, uint32_t bits)
{
	if ((ss->dirty & bits) == 0)
		return RUN_CLEAN;
	return (ss->dirty & ~ss->blank & bits) == 0 ? RUN_BLANK : RUN_USED;
}

/* Marks granules first..first+granules-1 as one run. */
static struct slab *cut_run(struct superslab *ss, unsigned first,
			    unsigned granules)
{
	struct slab *run = &ss->slab[first];

	run->base = ss->base + first * GRANULE_SIZE;
	run->granules = (uint8_t)granules;
	run->content = (uint8_t)content_of(ss, bit_run(first, granules));
	claim_granules(ss, first, first, granules);
	return run;
}

/*
 * Memory that is resident already, neither purged nor faulted in again, where `row`
 * granules or more in a row are free.
 */
static struct slab *take_dirty(unsigned granules, unsigned align, unsigned row)
{
	struct superslab *ss = lists.dirty_head;

	for (unsigned probe = 0; ss && probe < DIRTY_PROBES; probe++) {
		uint32_t starts = aligned_starts(ss->dirty, granules, align) &
				  run_starts(ss->free, row);

		if (starts != 0)
			return cut_run(ss, lowest_bit(starts), granules);
		ss = ss->dirty_next;
	}
	return NULL;
}

static struct slab *take_free_run(unsigned granules, unsigned align)
{
	struct superslab *ss = ss_lists_first(&lists, granules);

	for (; ss; ss = ss_lists_next(&lists, ss)) {
		uint32_t starts = aligned_starts(ss->free, granules, align);

		if (starts != 0)
			return cut_run(ss, lowest_bit(starts), granules);
	}
	return NULL;
}

static struct slab *take_from_lists(unsigned granules, unsigned align)
{
	struct slab *run = take_dirty(granules, align, granules);

	return run ? run : take_free_run(granules, align);
}

/* Under arena_lock. */
static struct slab *take_or_map(unsigned granules, unsigned align)
{
	struct slab *run = take_from_lists(granules, align);

	if (!run && chunk_map(&lists))
		run = take_from_lists(granules, align);
	return run;
}

struct slab *arena_take(unsigned granules, unsigned align)
{
	struct slab *run;

	lock_take(&arena_lock);
	run = take_or_map(granules, align);
	lock_give(&arena_lock);
	return run;
}

static struct slab *take_longest(unsigned granules)
{
	struct superslab *ss = ss_lists_longest(&lists);

	if (!ss || ss->bucket < granules)
		return NULL;
	return cut_run(ss, lowest_bit(run_starts(ss->free, ss->bucket)), granules);
}

struct slab *arena_take_roomy(unsigned granules)
{
	struct slab *run;

	lock_take(&arena_lock);
	run = take_dirty(granules, 1, ARENA_RUN_MAX);
	if (!run)
		run = take_longest(granules);
	lock_give(&arena_lock);
	return run ? run : arena_take(granules, 1);
}

static struct superslab *superslab_of(struct slab *run, unsigned *first)
{
	struct superslab *ss = registry_unit(run->base);

	*first = (unsigned)(run - ss->slab);
	return ss;
}

/* Is the run all that is used of its SuperSlab, and nothing of that resident? */
static bool is_untouched(const struct superslab *ss, const struct slab *run)
{
	return run == ss->slab && run->content == RUN_CLEAN && ss->dirty == 0 &&
	       (ss->free | bit_run(0, run->granules)) == UINT32_MAX;
}

/* Its first touch will make all of it resident. */
static void expect_all(struct superslab *ss)
{
	ss->slab[0].content = RUN_BLANK;
	ss->dirty = ss->blank = ss->free;
	ss_lists_add_dirty(&lists, ss);
	retention_free(0, mask_bytes(ss->free));
}

/* Two threads may touch one SuperSlab for the first time: then its pages are small. */
struct slab *arena_take_dense(unsigned granules)
{
	struct superslab *ss;
	struct slab *run;
	unsigned first;
	bool whole = false;

	lock_take(&arena_lock);
	run = take_or_map(granules, 1);
	if (run && thp_may_fill()) {
		ss = superslab_of(run, &first);
		whole = is_untouched(ss, run);
		if (whole)
			expect_all(ss);
	}
	lock_give(&arena_lock);
	if (whole)
		thp_fill(run->base);
	return run;
}

/*
 * `count` granules from `first` on become free, `dirty` of them resident.
 * Returns how much is to be purged for it.
 */
static size_t free_granules(struct superslab *ss, unsigned first, unsigned count,
			    unsigned dirty)
{
	size_t excess;

	ss->free |= bit_run(first, count);
	ss->dirty |= bit_run(first, dirty);
	ss_lists_rank(&lists, ss);
	if (ss->dirty != 0)
		ss_lists_add_dirty(&lists, ss);
	excess = retention_free(count * GRANULE_SIZE, dirty * GRANULE_SIZE);
	return excess != 0 ? excess + retention_margin() : 0;
}

size_t arena_give(struct slab *run, size_t touched)
{
	unsigned first, dirty = run->granules;
	struct superslab *ss = superslab_of(run, &first);
	size_t excess;

	if (run->content == RUN_CLEAN)
		dirty = (unsigned)(align_up(touched, GRANULE_SIZE) >> GRANULE_SHIFT);
	lock_take(&arena_lock);
	excess = free_granules(ss, first, run->granules, dirty);
	lock_give(&arena_lock);
	return excess;
}

bool arena_extend(struct slab *run, unsigned granules)
{
	unsigned first, more = granules - run->granules;
	struct superslab *ss = superslab_of(run, &first);
	uint32_t bits;
	bool fits;

	if (first + granules > ss->granules)
		return false;
	bits = bit_run(first + run->granules, more);
	lock_take(&arena_lock);
	fits = (ss->free & bits) == bits;
	if (fits) {
		claim_granules(ss, first, first + run->granules, more);
		run->granules = (uint8_t)granules;
	}
	lock_give(&arena_lock);
	return fits;
}

size_t arena_shorten(struct slab *run, unsigned granules)
{
	unsigned first, less = run->granules - granules;
	struct superslab *ss = superslab_of(run, &first);
	size_t excess;

	lock_take(&arena_lock);
	run->granules = (uint8_t)granules;
	excess = free_granules(ss, first + granules, less, less);
	lock_give(&arena_lock);
	return excess;
}

/* Purges the runs in `mask`; returns those that the system took back. */
static uint32_t purge_runs(struct superslab *ss, uint32_t mask)
{
	uint32_t purged = 0;

	while (mask != 0) {
		unsigned first = lowest_bit(mask);
		unsigned count = run_length(mask, first);
		char *address = ss->base + first * GRANULE_SIZE;

		debug_ring_add(RING_PURGE, (uintptr_t)address, count * GRANULE_SIZE);
		if (os_purge(address, count * GRANULE_SIZE))
			purged |= bit_run(first, count);
		mask &= ~bit_run(first, count);
	}
	return purged;
}

/*
 * Takes the SuperSlab's dirty and doubted granules out of circulation, purges them
 * without the lock, and puts them back.  Called and returns with arena_lock held.
 */
static size_t purge_superslab(struct superslab *ss)
{
	uint32_t dirty = ss->dirty & ~ss->refused, failed;
	uint32_t mask = ss->free & (dirty | ss->doubted), purged;
	size_t bytes;

	ss->free &= ~mask;
	ss->dirty &= ~mask;
	ss->blank &= ~mask;
	ss->purging |= mask;
	ss_lists_rank(&lists, ss);
	lock_give(&arena_lock);
	purged = purge_runs(ss, mask) & dirty;
	bytes = mask_bytes(purged);
	lock_take(&arena_lock);
	retention_purged(bytes);
	failed = dirty & ~purged;
	if (failed != 0)
		retention_refused(mask_bytes(failed));
	ss->refused |= failed;
	ss->purging &= ~mask;
	ss->doubted &= ~mask;
	ss->free |= mask;
	ss->dirty |= failed;
	ss_lists_rank(&lists, ss);
	return bytes;
}

/* Called and returns with arena_lock held. */
static size_t purge_oldest(size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		struct superslab *ss = ss_lists_pop_dirty(&lists);

		if (!ss)
			break;
		done += purge_superslab(ss);
	}
	return done;
}

size_t arena_purge(size_t bytes)
{
	size_t done;

	if (bytes == 0) /* the usual case: no lock */
		return 0;
	lock_take(&arena_lock);
	done = purge_oldest(bytes);
	lock_give(&arena_lock);
	return done;
}

size_t arena_purge_all(void)
{
	size_t done;

	lock_take(&arena_lock);
	ss_lists_doubt(&lists);
	done = purge_oldest(SIZE_MAX);
	lock_give(&arena_lock);
	return done;
}

size_t arena_unmap_empty(void)
{
	struct superslab *ss, *next, *kept = NULL, *gone = NULL;
	size_t done = 0;

	lock_take(&arena_lock);
	ss = ss_lists_take_empty(&lists);
	lock_give(&arena_lock);
	for (; ss; ss = next) {
		struct superslab **list = chunk_unmap(ss) ? &gone : &kept;

		next = ss->next;
		ss->next = *list;
		*list = ss;
	}
	lock_take(&arena_lock);
	for (; kept; kept = next) {
		next = kept->next;
		ss_lists_add_back(&lists, kept);
	}
	for (; gone; gone = next) {
		next = gone->next;
		done += mask_bytes(gone->dirty);
		retention_purged(mask_bytes(gone->dirty));
		chunk_forget(&lists, gone);
	}
	lock_give(&arena_lock);
	return done;
}

/* What a thread of the parent was purging: free here, and perhaps resident. */
static void end_purge(struct superslab *ss)
{
	uint32_t mask = ss->purging;

	if (mask == 0) /* a handler that forks may have interrupted a change of the lists */
		return;
	ss->purging = 0;
	ss->free |= mask;
	ss->dirty |= mask & ~ss->doubted;
	ss_lists_rank(&lists, ss);
	ss_lists_add_dirty(&lists, ss);
}

/* Of all lists: one whose purge ended may be met again, higher up. */
static void end_purges(void)
{
	for (unsigned bucket = 0; bucket <= SUPERSLAB_GRANULES; bucket++) {
		struct superslab *ss = lists.bucket[bucket], *next;

		for (; ss; ss = next) {
			next = ss->next;
			end_purge(ss);
		}
	}
}

void arena_fork(enum fork_step step)
{
	if (step == FORK_RESET)
		end_purges();
	lock_fork(&arena_lock, step);
}
