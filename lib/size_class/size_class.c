/* SPDX-License-Identifier: MIT */
#include "size_class/size_class.h"

#include "base/bits.h"
#include "size_class/header.h"

#define CAPACITY(block, granules) ((granules) * GRANULE_SIZE / (block))
/* The first block begins at a granule, the others at multiples of the stride from it. */
#define MULTIPLE(step) (uint32_t)((((uint64_t)1 << 32) + (step)-1) / (step))
#define MISALIGN_MASK(block) ((((block) & -(block)) - 1) & (GRANULE_SIZE - 1))

#define SIZE_CLASS(class_, size_, pad_, granules_, cap_, prewarm_)             \
	{                                                                      \
		.inverse = (((uint64_t)1 << 40) + (size_) + (pad_)-1) /        \
			   ((size_) + (pad_)),                                 \
		.block = (size_) + (pad_),                                     \
		.usable = (size_)-header_bytes(CLASS_##class_),                \
		.capacity = CAPACITY((size_) + (pad_), granules_),             \
		.cap = (cap_),                                                 \
		.granules = (granules_),                                       \
		.prewarm = (prewarm_),                                         \
		.id = CLASS_##class_,                                          \
		.first = header_bytes(CLASS_##class_),                         \
		.misalign_mask = MISALIGN_MASK((size_) + (pad_)),              \
		.multiple = MULTIPLE((granules_) == 1 ?                        \
				     (size_) + (pad_) :                        \
				     MISALIGN_MASK((size_) + (pad_)) + 1),     \
	},
const struct size_class size_class_table[BIN_COUNT] = {
#include "size_class/size_class.def"
};
#undef SIZE_CLASS

#define SIZE_CLASS(class_, size_, pad_, granules_, cap_, prewarm_)             \
	_Static_assert((size_) % 16 == 0 || (size_) == sizeof(void *),         \
		       "a block keeps 16-byte alignment");                     \
	_Static_assert((pad_) % 64 == 0, "a pad is whole cache lines");        \
	_Static_assert((granules_) >= 1 && (granules_) <= 16,                  \
		       "a slab fits the smallest SuperSlab");                  \
	_Static_assert(CAPACITY((size_) + (pad_), granules_) >= 8,             \
		       "a slab holds at least 8 blocks");                      \
	_Static_assert(CAPACITY((size_) + (pad_), granules_) <= 64 ||          \
			       (granules_) == 1,                               \
		       "a slab with a chain is one granule: slab_pages.c");    \
	_Static_assert(CAPACITY((size_) + (pad_), granules_) <= UINT16_MAX,    \
		       "its product with SHARE_UNIT has 32 bits: slab_lists.c"); \
	_Static_assert((uint64_t)(granules_)*GRANULE_SIZE * ((size_) + (pad_)) \
			       < ((uint64_t)1 << 40),                          \
		       "size_class_index() is exact");
#include "size_class/size_class.def"
#undef SIZE_CLASS

unsigned size_class_bin(size_t size)
{
	unsigned low = 0, high = BIN_COUNT; /* the answer is in low..high */

	/* Rounds up, so that the result is the bin that the map of a heap has. */
	size = size <= TINY_MAX ? align_up(size, TINY_STEP) : size;
	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (size_class_table[middle].usable < size)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

unsigned size_class_aligned_bin(size_t size, size_t alignment)
{
	unsigned bin = size_class_bin(size);

	if (alignment > GRANULE_SIZE)
		return BIN_COUNT;
	while (bin < BIN_COUNT && size_class_table[bin].block % alignment != 0)
		bin++;
	return bin;
}

unsigned size_class_octave(unsigned bin)
{
	unsigned last = bin;

	if (size_class_table[bin].block > OCTAVE_MAX)
		return bin;
	while ((size_class_table[last].block & (size_class_table[last].block - 1)) != 0)
		last++;
	return last;
}

uint64_t size_class_octaves(void)
{
	uint64_t octaves = 0;

	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		if (size_class_octave(bin) != bin)
			octaves |= (uint64_t)1 << size_class_octave(bin);
	return octaves;
}

void size_class_fill_map(struct size_map *map, unsigned unit, uint64_t merged)
{
	size_t tiny = 0, mid = 0;

	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		unsigned octave = size_class_octave(bin);
		unsigned serves = (merged >> octave & 1) != 0 ? octave : bin;
		size_t usable = size_class_table[bin].usable;

		for (; tiny < TINY_SLOTS && tiny * TINY_STEP <= usable; tiny++)
			map->tiny[tiny] = (uint16_t)(serves * unit);
		for (; mid < MID_SLOTS && mid * MID_STEP <= usable; mid++)
			map->mid[mid] = (uint16_t)(serves * unit);
	}
}

const char *size_class_name(unsigned bin)
{
	static const char *const names[CLASS_COUNT] = {
		"C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "MID", "POOL"};

	return bin < BIN_COUNT ? names[size_class_table[bin].id] : "none";
}
