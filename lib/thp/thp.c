/* SPDX-License-Identifier: MIT */
#include "thp/thp.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "base/coarse_clock.h"
#include "options/options.h"
#include "os/hak_os_map_boundary.h"

/* The kernel makes no huge page of less, on most machines. */
#define HUGE_PAGE ((size_t)2 << 20)

/* The page size of which that is true. */
#define SMALL_PAGE ((size_t)4096)

/*
 * So many pages may be split off: each makes two mappings more, of the 65,530 that a
 * process can have by default.
 */
#define SPLITS_MAX 1024u

static uint32_t splits; /* of the process; any thread, relaxed */

/*
 * Small pages take at most a millisecond for a unit, a huge page a fifth of that.  But
 * where memory is in pieces, or not yet backed by the machine's host, it takes several.
 * So it is not asked for again once all took longer than
 *   spent <= fills + PATIENCE  milliseconds
 * allows.  The clock is coarse, but right on average.
 */
#define PATIENCE 4u

static uint32_t fills, spent; /* thp_fill(): so many, milliseconds; any thread, relaxed */

bool thp_may_fill(void)
{
	return options_get(OPTION_THP) == THP_AUTO && os_page_size() == SMALL_PAGE &&
	       load_relaxed(&spent) <= load_relaxed(&fills) + PATIENCE;
}

/* Advice for the length of a page fault.  It asks for none of what comes later. */
void thp_fill(char *unit)
{
	uint64_t begin = coarse_clock_ms();

	if (!os_want_huge_pages(unit, HUGE_PAGE, true))
		add_relaxed(&spent, PATIENCE);
	store_relaxed(unit, 0);
	os_want_huge_pages(unit, HUGE_PAGE, false);
	add_relaxed(&spent, (uint32_t)(coarse_clock_ms() - begin));
	add_relaxed(&fills, 1);
}

void thp_advise(void *address, size_t size)
{
	if (options_get(OPTION_THP) != THP_AUTO)
		os_want_huge_pages(address, size,
				   options_get(OPTION_THP) == THP_ALWAYS);
}

/*
 * Half of a huge page's place at a time: what is touched in the first half gets
 * a small page, since the place is not whole yet, and so do then its neighbours.
 */
static bool commit_halves(char *address, size_t size)
{
	for (size_t done = 0; done < size; done += HUGE_PAGE / 2) {
		char *half = address + done;

		if (!os_commit(half, min_size(HUGE_PAGE / 2, size - done))) {
			if (done != 0)
				os_seal(address, done);
			return false;
		}
		if (is_aligned_to(half, HUGE_PAGE))
			store_relaxed(half, 0);
	}
	return true;
}

bool thp_commit_small(char *address, size_t size)
{
	return options_get(OPTION_THP) == THP_AUTO ? commit_halves(address, size) :
						     os_commit(address, size);
}

/* Kernels before 6.12 may unmap the page, and then refuse to map it. */
bool thp_split(void *page, uint32_t *in_unit)
{
	if (load_relaxed(in_unit) != 0 || options_get(OPTION_THP) == THP_NEVER ||
	    load_relaxed(&splits) >= SPLITS_MAX)
		return true;
	if (!os_purge_apart(page, os_page_size()))
		return os_purge(page, os_page_size());
	os_name(page, os_page_size(), "hakmem: arena");
	add_relaxed(&splits, 1);
	add_relaxed(in_unit, 1);
	return true;
}

void thp_unsplit(uint32_t pages)
{
	sub_relaxed(&splits, pages);
}
