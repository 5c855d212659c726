/* SPDX-License-Identifier: MIT */
#include "meta/meta.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "os/hak_os_map_boundary.h"
#include "stats/stats.h"

#define META_ALIGN 64
#define META_FIRST ((size_t)48 << 10)  /* one heap, a few SuperSlabs */
#define META_CHUNK ((size_t)256 << 10) /* later mappings */

/* At a page: what every process needs of it are four pages then, not five. */
static char first_chunk[META_FIRST] __attribute__((aligned(4096)));

struct lock meta_lock = LOCK_INIT(LOCK_RANK_META);
static struct meta_chunk *chunks;		 /* under meta_lock */
static char *next = first_chunk;		 /* under meta_lock */
static char *end = first_chunk + META_FIRST; /* under meta_lock */

static bool refill_pool(size_t size)
{
	size_t bytes = align_up(max_size(size + META_ALIGN, META_CHUNK), os_page_size());
	struct meta_chunk *fresh = os_map(bytes, os_page_size());

	if (!fresh)
		return false;
	os_name(fresh, bytes, "hakmem: meta");
	fresh->before = chunks;
	fresh->size = bytes;
	chunks = fresh;
	next = (char *)fresh + META_ALIGN;
	end = (char *)fresh + bytes;
	return true;
}

void *meta_alloc(size_t size)
{
	void *memory = NULL;

	size = align_up(size, META_ALIGN);
	lock_take(&meta_lock);
	if ((size_t)(end - next) >= size || refill_pool(size)) {
		memory = next;
		next += size;
		count_relaxed(&stats_totals.meta, size);
	}
	lock_give(&meta_lock);
	return memory;
}

const struct meta_chunk *meta_chunks(void)
{
	const struct meta_chunk *last;

	lock_take(&meta_lock);
	last = chunks;
	lock_give(&meta_lock);
	return last;
}
