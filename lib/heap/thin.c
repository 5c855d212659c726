/* SPDX-License-Identifier: MIT */
#include "heap/thin.h"

#include "base/bits.h"
#include "base/coarse_clock.h"
#include "heap/slab_lists.h"
#include "retention/retention.h"
#include "superslab/slab_pages.h"

/*
 * Milliseconds.  A program that frees all of its blocks makes slabs sparse that are
 * empty a moment later, and go back as a whole.
 */
#define SPARSE_AGE 200u

/* Fewer bytes of free pages are not worth a system call, and the marks on them. */
#define LEAST 8192u

/*
 * Called and returns with heap->lock held.  In the child of a fork a slab that another
 * thread was purging stays on no list, and its free blocks are lost to the child; so
 * are they where a handler leaves this by siglongjmp().
 */
static size_t thin(struct heap *heap, struct slab *slab)
{
	size_t sparse = slab->state == SLAB_SPARSE ? slab->sparse_bytes : 0, done;
	bool worth = slab->purged != 0 || slab_free_pages(slab) >= LEAST;
	uint64_t bits = worth ? slab_hide_pages(slab) : 0;
	bool lost;

	slab_list_remove(heap, slab);
	slab->state = SLAB_PURGING;
	heap_unlock(heap);
	done = slab_purge(slab, bits, &lost);
	if (bits != 0 && done == 0)
		retention_refused(sparse);
	lock_take(&heap->lock);
	if (lost) {
		slab->state = SLAB_LOST;
		return done;
	}
	if (slab->purged != 0)
		slab->sparse_bytes = (uint32_t)done;
	bin_settle(heap, slab);
	return done;
}

static bool is_older(const struct slab *slab, uint64_t since)
{
	return (int32_t)((uint32_t)since - slab->sparse_since) >= 0;
}

/* The current slab, if it is empty, goes back whole. */
static size_t release_empty(struct heap *heap, unsigned bin, uint64_t since)
{
	const struct slab *slab = heap->bin[bin].current;
	size_t bytes;

	if (!slab || slab->used != 0 || !is_older(slab, since))
		return 0;
	bytes = slab->sparse_bytes;
	bin_retire_current(heap, bin);
	return bytes;
}

static size_t thin_bin(struct heap *heap, unsigned bin, size_t bytes, uint64_t since)
{
	struct slab **sparse = &heap->bin[bin].list[SLAB_LIST(SLAB_SPARSE)];
	size_t done = release_empty(heap, bin, since);

	while (done < bytes && *sparse && is_older(*sparse, since))
		done += thin(heap, *sparse);
	return done;
}

size_t heap_thin(struct heap *heap, size_t bytes, bool old)
{
	uint64_t since = coarse_clock_ms() - (old ? SPARSE_AGE : 0);
	size_t done = 0;

	if (!lock_try(&heap->lock))
		return 0;
	for (unsigned bin = 0; bin < BIN_COUNT && done < bytes; bin++)
		done += thin_bin(heap, bin, bytes - done, since);
	heap_unlock(heap);
	return done;
}

/*
 * Each slab of the list once.  What is done goes to the front of the partial or the thin
 * ones, so begin with the last there.
 */
static size_t thin_list(struct heap *heap, struct slab **list)
{
	unsigned count = 0;
	size_t done = 0;

	for (const struct slab *slab = *list; slab; slab = slab->next)
		count++;
	for (; count != 0 && *list; count--)
		done += thin(heap, (*list)->prev);
	return done;
}

size_t heap_thin_all(struct heap *heap)
{
	size_t done = 0;

	if (!lock_try(&heap->lock))
		return 0;
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		for (unsigned i = SLAB_LISTS; i-- > 0;)
			done += thin_list(heap, &heap->bin[bin].list[i]);
	heap_unlock(heap);
	return done;
}
