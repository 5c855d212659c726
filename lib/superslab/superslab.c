/* SPDX-License-Identifier: MIT */
#include "superslab/superslab.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "base/die.h"
#include "base/probe.h"
#include "nextptr/free_mark.h"
#include "nextptr/tiny_nextptr.h"
#include "size_class/header.h"
#include "superslab/slab_pages.h"

void slab_open(struct slab *slab, unsigned bin, void *owner)
{
	slab->free = NULL;
	slab->free_bits = 0;
	slab->purged = 0;
	slab->sparse_bytes = 0;
	slab->used = 0;
	store_relaxed(&slab->carved, (uint32_t)size_class_table[bin].first);
	slab->bin = (uint8_t)bin;
	slab->state = SLAB_FULL;
	store_release(&slab->owner, owner);
}

static unsigned take_chain(struct slab *slab, void **end, unsigned want)
{
	void *block = slab->free;
	unsigned got = 0;

	while (got < want && block != NULL) {
		free_mark_check(block);
		*--end = block;
		got++;
		block = tiny_next_load(block);
	}
	slab->free = block;
	return got;
}

/* Moves up to `want` of these blocks out. */
static unsigned take_of(struct slab *slab, uint64_t bits, void **end, unsigned want)
{
	size_t size = size_class_table[slab->bin].block;
	unsigned got = 0;

	for (; got < want && bits != 0; bits &= bits - 1, got++) {
		*--end = slab->base + lowest_bit(bits) * size;
		slab->free_bits &= ~(bits & -bits);
	}
	return got;
}

static unsigned take_bits(struct slab *slab, void **end, unsigned want)
{
	unsigned got = take_of(slab, slab->free_bits & ~slab->purged, end, want);

	if (unlikely(slab->purged != 0)) {
		got += take_of(slab, slab->free_bits, end - got, want - got);
		slab->purged &= slab->free_bits;
	}
	return got;
}

unsigned slab_take(struct slab *slab, void **end, unsigned want)
{
	unsigned got;

	if (slab_has_bits(slab->bin)) {
		got = take_bits(slab, end, want);
	} else {
		got = take_chain(slab, end, want);
		while (unlikely(got < want && slab->purged != 0)) {
			slab_unhide_page(slab);
			got += take_chain(slab, end - got, want - got);
		}
	}
	slab->used += got;
	return got;
}

unsigned slab_carve(struct slab *slab, void **end, unsigned want)
{
	const struct size_class *class = &size_class_table[slab->bin];
	unsigned left = class->capacity - slab->carved;
	unsigned got = want < left ? want : left;
	char *block = slab->base + slab_touched(slab);

	if (unlikely((size_t)(slab->carved + got) * class->block >
		     slab->granules * GRANULE_SIZE))
		die("carve would leave its slab at 0x%lx", (uintptr_t)block);
	for (unsigned i = 0; i < got; i++, block += class->block) {
		header_write(block, slab->bin);
		*--end = block;
	}
	count_relaxed(&slab->carved, got);
	slab->used += got;
	return got;
}

/*
 * The number of the block that begins at `offset`, or of one that no slab has:
 * there begins none that was carved.
 */
static inline unsigned block_at(const struct size_class *class, unsigned bin,
				unsigned carved, size_t offset)
{
	unsigned index = size_class_index(bin, offset);

	return (size_t)index * class->block == offset && index < carved &&
			       index >= class->first ?
		       index :
		       UINT32_MAX;
}

bool slab_is_block(const struct slab *slab, const void *block)
{
	size_t offset = (size_t)((const char *)block - slab->base);

	return block_at(&size_class_table[slab->bin], slab->bin,
			load_relaxed(&slab->carved), offset) != UINT32_MAX;
}

static HAK_COLD HAK_NORETURN void die_late_double(const void *block)
{
	HAK_PROBE(hakmem, bad_free, block, "double free of ");
	die("free(): double free, seen late, of 0x%lx", (uintptr_t)block);
}

static inline void put_bit(uint64_t *bits, unsigned index, const void *block)
{
	uint64_t bit = (uint64_t)1 << index;

	if (unlikely((*bits & bit) != 0))
		die_late_double(block);
	*bits |= bit;
}

static HAK_COLD HAK_NORETURN void die_late_invalid(const void *block)
{
	HAK_PROBE(hakmem, bad_free, block, "invalid pointer ");
	die("free(): invalid pointer, seen late: 0x%lx", (uintptr_t)block);
}

static bool slab_spans(const struct slab *slab, const void *address)
{
	return (size_t)((const char *)address - slab->base) <
	       slab->granules * GRANULE_SIZE;
}

static unsigned put_bits(struct slab *slab, void *const *blocks, unsigned count)
{
	const struct size_class *class = &size_class_table[slab->bin];
	unsigned i;

	for (i = 0; i < count && slab_spans(slab, blocks[i]); i++) {
		size_t offset = (size_t)((char *)blocks[i] - slab->base);
		unsigned index = block_at(class, slab->bin, slab->carved, offset);

		if (unlikely(index == UINT32_MAX))
			die_late_invalid(blocks[i]);
		put_bit(&slab->free_bits, index, blocks[i]);
	}
	return i;
}

/* The loop is of locals alone: it is most of what a burst of frees costs. */
static unsigned put_chain(struct slab *slab, void *const *blocks, unsigned count)
{
	const struct size_class *class = &size_class_table[slab->bin];
	size_t skipped = (size_t)class->first * class->block;
	size_t size = slab_touched(slab) - skipped, offset;
	uint64_t link_secret = secret.link, mark_secret = secret.mark;
	char *first = slab->base + skipped;
	void *top = slab->free;
	uint32_t multiple = class->multiple;
	unsigned i;

	for (i = 0; i < count && (offset = (size_t)((char *)blocks[i] - first)) < size; i++) {
		void *block = blocks[i];

		if (unlikely(!is_multiple((uint32_t)offset, multiple)))
			die_late_invalid(block);
		free_mark_set_by(mark_secret, block);
		tiny_next_store_by(link_secret, block, top);
		top = block;
	}
	if (unlikely(i < count && slab_spans(slab, blocks[i])))
		die_late_invalid(blocks[i]);
	slab->free = top;
	return i;
}

/* Of a slab with a chain and purged pages: none of the first blocks may lie there. */
static HAK_COLD void check_hidden(const struct slab *slab, void *const *blocks,
				  unsigned count)
{
	for (unsigned i = 0; i < count && slab_spans(slab, blocks[i]); i++)
		if (slab_hides(slab, blocks[i]))
			die_late_double(blocks[i]);
}

unsigned slab_put(struct slab *slab, void *const *blocks, unsigned count)
{
	unsigned done;

	if (slab_has_bits(slab->bin)) {
		done = put_bits(slab, blocks, count);
	} else {
		if (unlikely(slab->purged != 0))
			check_hidden(slab, blocks, count);
		done = put_chain(slab, blocks, count);
	}
	if (unlikely(done > slab->used))
		die_late_double(blocks[slab->used]);
	slab->used -= done;
	return done;
}
