/* SPDX-License-Identifier: MIT */
#include "superslab/superslab.h"

#include "base/atomics.h"
#include "base/die.h"
#include "nextptr/tiny_nextptr.h"
#include "registry/page_registry.h"
#include "size_class/header.h"

struct slab *slab_of(const void *block)
{
	struct superslab *ss = registry_unit(block);
	size_t granule = (size_t)((const char *)block - ss->base) >> GRANULE_SHIFT;

	return &ss->slab[ss->head[granule]];
}

void slab_open(struct slab *slab, unsigned bin, void *owner)
{
	slab->free = NULL;
	slab->used = 0;
	slab->carved = size_class_table[bin].first;
	slab->bin = (uint8_t)bin;
	slab->state = SLAB_FULL;
	store_release(&slab->owner, owner);
}

unsigned slab_take(struct slab *slab, void **out, unsigned want)
{
	void *block = slab->free;
	unsigned got = 0;

	while (got < want && block != NULL) {
		out[got++] = block;
		block = tiny_next_load(block);
	}
	slab->free = block;
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
	slab->carved += got;
	slab->used += got;
	return got;
}

bool slab_is_block(const struct slab *slab, const void *block)
{
	size_t offset = (size_t)((const char *)block - slab->base);
	unsigned index = size_class_index(slab->bin, offset);

	return size_class_is_start(slab->bin, offset) && index < slab->carved &&
	       index >= size_class_table[slab->bin].first;
}

void slab_put(struct slab *slab, void *block)
{
	if (unlikely(!slab_is_block(slab, block)))
		die_at("free(): invalid pointer", (uintptr_t)block);
	if (unlikely(slab->used == 0))
		die_at("free(): double free of", (uintptr_t)block);
	tiny_next_store(block, slab->free);
	slab->free = block;
	slab->used--;
}
