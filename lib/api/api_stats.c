/* SPDX-License-Identifier: MIT */
/* api: the statistics of the whole process, put together from its heaps. */
#include <errno.h>
#include <string.h>

#include "api/report.h"
#include "api/route.h"
#include "arena/arena.h"
#include "base/bits.h"
#include "heap/heap.h"
#include "huge/huge.h"
#include "large/large.h"
#include "meta/meta.h"
#include "os/hak_os_map_boundary.h"
#include "retention/retention.h"

/* Blocks out of the slabs of a bin that the program does not hold. */
static uint64_t spare_blocks(const struct heap *heap, unsigned bin)
{
	return heap_cached(heap, bin) + load_relaxed(&heap->bin[bin].sll_count) +
	       inbox_count(&heap->inbox, bin);
}

/* What waits to be posted to other heaps is nobody's either. */
static void add_outbox(struct report *r, const struct outbox *out)
{
	for (unsigned slot = 0; slot < OUTBOX_SLOTS; slot++) {
		uint32_t word;
		unsigned count = outbox_count(out, slot, &word);

		r->spare[word_bin(word)] += count;
	}
}

static void add_heap(struct report *r, const struct heap *heap)
{
	r->heaps++;
	r->heaps_live += load_relaxed(&heap->alive);
	counters_sum(&r->counters, &heap->counters);
	add_outbox(r, &heap->outbox);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		r->out[bin] += load_relaxed(&heap->bin[bin].out);
		r->spare[bin] += spare_blocks(heap, bin);
	}
}

void report_take(struct report *r)
{
	memset(r, 0, sizeof(*r));
	for (const struct heap *h = heap_list(); h; h = h->next)
		add_heap(r, h);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		/* A block on its way between threads may be counted twice. */
		r->live[bin] = r->out[bin] > r->spare[bin] ?
				       r->out[bin] - r->spare[bin] :
				       0;
		r->allocated += r->live[bin] * size_class_table[bin].block;
	}
	r->allocated += large_live() + huge_live();
	r->active = retention_live();
	r->retained = retention_idle();
	r->purged = retention_purged_total();
	r->mapped = arena_mapped() + huge_mapped();
	r->metadata = meta_bytes() + registry_bytes();
	r->mmap = load_relaxed(&os_calls.mmap);
	r->munmap = load_relaxed(&os_calls.munmap);
	r->mremap = load_relaxed(&os_calls.mremap);
	r->madvise = load_relaxed(&os_calls.madvise);
}

int api_stats(hak_stats_t *out, size_t size)
{
	struct report r;
	hak_stats_t s;

	if (!out || size < offsetof(hak_stats_t, mapped))
		return EINVAL;
	report_take(&r);
	s = (hak_stats_t){
		.version = HAK_STATS_VERSION,
		.size = (uint32_t)min_size(size, sizeof(s)),
		.mapped = r.mapped,
		.active = r.active,
		.allocated = r.allocated,
		.retained = r.retained,
		.metadata = r.metadata,
		.purged = r.purged,
		.heaps = r.heaps,
		.heaps_live = r.heaps_live,
		.refills = r.counters.value[COUNTER_refills],
		.refilled = r.counters.value[COUNTER_refilled],
		.flushes = r.counters.value[COUNTER_flushes],
		.drains = r.counters.value[COUNTER_drains],
		.drained = r.counters.value[COUNTER_drained],
		.remote_frees = r.counters.value[COUNTER_remote_frees],
		.adoptions = r.counters.value[COUNTER_adoptions],
		.system_calls = r.mmap + r.munmap + r.mremap + r.madvise,
	};
	memcpy(out, &s, s.size);
	return 0;
}
