/* SPDX-License-Identifier: MIT */
/* report: pure arithmetic over heaps and totals, of this process or a copy. */
#include "api/report.h"

#include "base/bits.h"
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
	for (int i = 0; i < COUNTER_COUNT; i++)
		r->counters.value[i] += load_relaxed(&heap->counters.value[i]);
	add_outbox(r, &heap->front.outbox);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		r->bin[bin].out += load_relaxed(&heap->bin[bin].out);
		r->bin[bin].spare += spare_blocks(heap, bin);
		r->bin[bin].slabs += load_relaxed(&heap->bin[bin].slabs);
		r->bin[bin].refills += load_relaxed(&heap->bin[bin].refills);
		r->bin[bin].hits += load_relaxed(&heap->bin[bin].hits);
	}
}

void report_finish(struct report *r, const struct totals *t)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		const struct size_class *class = &size_class_table[bin];
		struct report_bin *b = &r->bin[bin];

		/* A block on its way between threads may be counted twice. */
		b->live = excess_of(b->out, b->spare);
		b->in_slabs = excess_of(b->slabs * (class->capacity - class->first), b->out);
		r->allocated += b->live * class->usable;
	}
#define TOTAL(field) load_relaxed(&t->field)
#define FIGURE(name, unit, of, text, sum) r->name += (sum);
#include "api/figures.def"
#undef FIGURE
}
