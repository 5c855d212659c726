/* SPDX-License-Identifier: MIT */
/* report: pure arithmetic over heaps and totals, of this process or a copy. */
#include "api/report.h"

#include "size_class/size_class.h"

/* Blocks out of the slabs of a bin that the program does not hold. */
static uint64_t spare_blocks(const struct heap *heap, unsigned bin)
{
	const struct bin *b = &heap->bin[bin];
	unsigned cached = heap_cached(heap, bin);

	/* More than it can hold: it is moving to another array. */
	return (cached <= load_relaxed(&b->cap) ? cached : 0) + load_relaxed(&b->sll_count) +
	       inbox_count(&heap->inbox, bin);
}

/* What waits to be posted to other heaps is nobody's either. */
static void add_outbox(struct report *r, const struct outbox *out)
{
	for (unsigned slot = 0; slot < OUTBOX_SLOTS; slot++) {
		uint32_t word;
		unsigned count = outbox_count(out, slot, &word);

		/* A slot that is being filled may have the word of no bin. */
		if (word_bin(word) < BIN_COUNT)
			r->bin[word_bin(word)].spare += count;
	}
}

void report_add_heap(struct report *r, const struct heap *heap)
{
	r->heaps++;
	r->heaps_live += heap_is_alive(heap);
	counters_sum(&r->counters, &heap->counters);
	add_outbox(r, &heap->outbox);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		r->bin[bin].out += load_relaxed(&heap->bin[bin].out);
		r->bin[bin].spare += spare_blocks(heap, bin);
		r->bin[bin].slabs += load_relaxed(&heap->bin[bin].slabs);
		r->bin[bin].refills += load_relaxed(&heap->bin[bin].refills);
		r->bin[bin].hits += load_relaxed(&heap->bin[bin].hits);
	}
}

/* Two looks, not one: the difference may be off, but never below 0. */
static uint64_t in_slabs(const struct report_bin *b, const struct size_class *class)
{
	uint64_t all = b->slabs * (class->capacity - class->first);

	return all > b->out ? all - b->out : 0;
}

/* The same. */
static uint64_t huge_live(const struct totals *t)
{
	uint64_t mapped = load_relaxed(&t->huge_mapped);
	uint64_t spare = load_relaxed(&t->huge_spare);

	return mapped > spare ? mapped - spare : 0;
}

void report_finish(struct report *r, const struct totals *t,
		   const struct os_calls *calls)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		struct report_bin *b = &r->bin[bin];

		/* A block on its way between threads may be counted twice. */
		b->live = b->out > b->spare ? b->out - b->spare : 0;
		b->in_slabs = in_slabs(b, &size_class_table[bin]);
		r->allocated += b->live * size_class_table[bin].usable;
	}
	r->mapped = load_relaxed(&t->arena) + load_relaxed(&t->huge_mapped) +
		    load_relaxed(&t->hardened);
	r->large = load_relaxed(&t->large);
	r->huge = huge_live(t);
	r->huge_blocks = load_relaxed(&t->huge_blocks);
	r->huge_spare = load_relaxed(&t->huge_spare);
	r->allocated += r->large + r->huge;
	r->active = load_relaxed(&t->live) + load_relaxed(&t->hardened);
	r->retained = load_relaxed(&t->idle);
	r->purged = load_relaxed(&t->purged);
	r->metadata = load_relaxed(&t->meta) + load_relaxed(&t->registry);
	r->disabled = load_relaxed(&t->disabled);
	r->profile_samples = load_relaxed(&t->profile_samples);
	r->profile_live = load_relaxed(&t->profile_live);
	r->profile_sites = load_relaxed(&t->profile_sites);
	r->profile_lost = load_relaxed(&t->profile_lost);
	r->profile_bytes = load_relaxed(&t->profile_bytes);
	r->profile_mean = load_relaxed(&t->profile_mean);
	r->arena_chunks = load_relaxed(&t->chunks);
	r->registry_leaves = load_relaxed(&t->leaves);
	r->mmap = load_relaxed(&calls->mmap);
	r->munmap = load_relaxed(&calls->munmap);
	r->mremap = load_relaxed(&calls->mremap);
	r->madvise = load_relaxed(&calls->madvise);
	r->mprotect = load_relaxed(&calls->mprotect);
	r->system_calls = r->mmap + r->munmap + r->mremap + r->madvise +
			  r->mprotect;
}
