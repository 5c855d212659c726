/* SPDX-License-Identifier: MIT */
#include "superslab/superslab.h"

#include "base/atomics.h"
#include "base/bits.h"
#include "base/die.h"
#include "nextptr/tiny_nextptr.h"
#include "size_class/header.h"

void slab_open(struct slab *slab, unsigned bin, void *owner)
{
	slab->free = NULL;
	slab->free_bits = 0;
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
		out[got++] = block;
		block = tiny_next_load(block);
	}
	slab->free = block;
	return got;
}

static unsigned take_bits(struct slab *slab, void **out, unsigned want)
{
	size_t size = size_class_table[slab->bin].block;
	uint64_t bits = slab->free_bits;
	unsigned got = 0;

	for (; got < want && bits != 0; bits &= bits - 1)
		out[got++] = slab->base + lowest_bit(bits) * size;
	slab->free_bits = bits;
	return got;
}

unsigned slab_take(struct slab *slab, void **out, unsigned want)
{
	unsigned got = slab_has_bits(slab->bin) ? take_bits(slab, out, want) :
						  take_chain(slab, out, want);

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

/* Is `index` that of a carved block, and `offset` where it begins? */
static bool begins_at(const struct slab *slab, const struct size_class *class,
		      size_t offset, unsigned index)
{
	return (size_t)index * class->block == offset &&
	       index < load_relaxed(&slab->carved) && index >= class->first;
}

bool slab_is_block(const struct slab *slab, const void *block)
{
	size_t offset = (size_t)((const char *)block - slab->base);

	return begins_at(slab, &size_class_table[slab->bin], offset,
			 size_class_index(slab->bin, offset));
}

static void put_chain(struct slab *slab, void *block)
{
	tiny_next_store(block, slab->free);
	slab->free = block;
}

/* False: it is set already. */
static bool put_bit(struct slab *slab, unsigned index)
{
	uint64_t bit = (uint64_t)1 << index, before = slab->free_bits;

	slab->free_bits = before | bit;
	return (before & bit) == 0;
}

static HAK_ALWAYS_INLINE void put(struct slab *slab, const struct size_class *class,
				  bool bits, void *block)
{
	size_t offset = (size_t)((char *)block - slab->base);
	unsigned index = size_class_index(slab->bin, offset);
	bool done = slab->used != 0;

	if (unlikely(!begins_at(slab, class, offset, index)))
		die_at("free(): invalid pointer, seen late:", (uintptr_t)block);
	if (bits)
		done = done && put_bit(slab, index);
	else
		put_chain(slab, block);
	if (unlikely(!done))
		die_at("free(): double free, seen late, of", (uintptr_t)block);
	slab->used--;
}

unsigned slab_put(struct slab *slab, void *const *blocks, unsigned count)
{
	const struct size_class *class = &size_class_table[slab->bin];
	size_t size = slab->granules * GRANULE_SIZE;
	bool bits = slab_has_bits(slab->bin);
	unsigned i = 0;

	for (; i < count && (size_t)((char *)blocks[i] - slab->base) < size; i++)
		put(slab, class, bits, blocks[i]);
	return i;
}
