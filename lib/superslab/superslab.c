/* SPDX-License-Identifier: MIT */
#include "superslab/superslab.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "base/die.h"
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

static unsigned take_chain(struct slab *slab, void **out, unsigned want)
{
	void *block = slab->free;
	unsigned got = 0;

	while (got < want && block != NULL) {
		free_mark_check(block);
		out[got++] = block;
		block = tiny_next_load(block);
	}
	slab->free = block;
	return got;
}

/* Moves up to `want` of these blocks out. */
static unsigned take_of(struct slab *slab, uint64_t bits, void **out, unsigned want)
{
	size_t size = size_class_table[slab->bin].block;
	unsigned got = 0;

	for (; got < want && bits != 0; bits &= bits - 1) {
		out[got++] = slab->base + lowest_bit(bits) * size;
		slab->free_bits &= ~(bits & -bits);
	}
	return got;
}

static unsigned take_bits(struct slab *slab, void **out, unsigned want)
{
	unsigned got = take_of(slab, slab->free_bits & ~slab->purged, out, want);

	if (unlikely(slab->purged != 0)) {
		got += take_of(slab, slab->free_bits, out + got, want - got);
		slab->purged &= slab->free_bits;
	}
	return got;
}

unsigned slab_take(struct slab *slab, void **out, unsigned want)
{
	unsigned got;

	if (slab_has_bits(slab->bin)) {
		got = take_bits(slab, out, want);
	} else {
		got = take_chain(slab, out, want);
		while (unlikely(got < want && slab->purged != 0)) {
			slab_unhide_page(slab);
			got += take_chain(slab, out + got, want - got);
		}
	}
	slab->used += got;
	return got;
}

unsigned slab_carve(struct slab *slab, void **out, unsigned want)
{
	const struct size_class *class = &size_class_table[slab->bin];
	unsigned left = class->capacity - slab->carved;
	unsigned got = want < left ? want : left;
	char *block = slab->base + slab_touched(slab);

	if (unlikely((size_t)(slab->carved + got) * class->block >
		     slab->granules * GRANULE_SIZE))
		die_at("carve would leave its slab at", (uintptr_t)block);
	for (unsigned i = 0; i < got; i++, block += class->block) {
		header_write(block, slab->bin);
		out[i] = block;
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
	die_at("free(): double free, seen late, of", (uintptr_t)block);
}

static inline void put_bit(uint64_t *bits, unsigned index, const void *block)
{
	uint64_t bit = (uint64_t)1 << index;

	if (unlikely((*bits & bit) != 0))
		die_late_double(block);
	*bits |= bit;
}

/*
 * Puts back the blocks that lie in the slab, up to the first that does not, and
 * returns how many.  Each kind of slab has its own loop, of locals alone: it is
 * most of what a burst of frees costs.
 */
static HAK_ALWAYS_INLINE unsigned put_blocks(struct slab *slab, bool bits,
				      void *const *blocks, unsigned count)
{
	const struct size_class *class = &size_class_table[slab->bin];
	unsigned bin = slab->bin, carved = slab->carved, i = 0;
	size_t size = slab->granules * GRANULE_SIZE, offset;
	uint64_t free_bits = slab->free_bits;
	char *base = slab->base;
	void *top = slab->free;

	for (; i < count && (offset = (size_t)((char *)blocks[i] - base)) < size; i++) {
		unsigned index = block_at(class, bin, carved, offset);

		if (unlikely(index == UINT32_MAX))
			die_at("free(): invalid pointer, seen late:",
			       (uintptr_t)blocks[i]);
		if (bits) {
			put_bit(&free_bits, index, blocks[i]);
		} else {
			free_mark_set(blocks[i]);
			tiny_next_store(blocks[i], top);
			top = blocks[i];
		}
	}
	slab->free_bits = free_bits;
	slab->free = top;
	return i;
}

/* Of a slab with a chain and purged pages: none of the first blocks may lie there. */
static HAK_COLD void check_hidden(const struct slab *slab, void *const *blocks,
				  unsigned count)
{
	size_t size = slab->granules * GRANULE_SIZE;

	for (unsigned i = 0; i < count; i++) {
		if ((size_t)((char *)blocks[i] - slab->base) >= size)
			break;
		if (slab_hides(slab, blocks[i]))
			die_late_double(blocks[i]);
	}
}

unsigned slab_put(struct slab *slab, void *const *blocks, unsigned count)
{
	unsigned done;

	if (unlikely(slab->purged != 0) && !slab_has_bits(slab->bin))
		check_hidden(slab, blocks, count);
	done = slab_has_bits(slab->bin) ? put_blocks(slab, true, blocks, count) :
					  put_blocks(slab, false, blocks, count);
	if (unlikely(done > slab->used))
		die_late_double(blocks[slab->used]);
	slab->used -= done;
	return done;
}
