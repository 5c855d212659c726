/* SPDX-License-Identifier: MIT */
/*
 * size_class: which bin serves a size, and what each bin is.
 *
 * Owns the table (size_class.def) and the size of the granule.  Constant data and pure
 * functions: any thread, any time.
 */
#ifndef HAK_SIZE_CLASS_H
#define HAK_SIZE_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* Numbers that tools/gdb needs are those of an enum: debug information has them. */
enum {
	/* The unit of the Page Registry: a granule has one owner and one bin. */
	GRANULE_SHIFT = 16,
	/* Do the fast paths look for double frees and misplaced pointers? */
#ifdef HAK_FREE_CHECKS
	FREE_CHECKS = 1
#else
	FREE_CHECKS = 0
#endif
};
#define GRANULE_SIZE ((size_t)1 << GRANULE_SHIFT)

/* The alignment of every block of 16 bytes or more. */
#define BLOCK_ALIGN 16

enum size_class_id {
	CLASS_C0,
	CLASS_C1,
	CLASS_C2,
	CLASS_C3,
	CLASS_C4,
	CLASS_C5,
	CLASS_C6,
	CLASS_C7,
	CLASS_MID,
	CLASS_POOL,
	CLASS_COUNT
};

/* The `cap` of a row whose capacity is an option of its class. */
#define OPTION_CAP 0

/* The enumerators only count the rows: the number of a bin is that of its row. */
enum {
#define SIZE_CLASS(class, size, pad, ...) BIN_OF_SIZE_##size##_##pad,
#include "size_class/size_class.def"
#undef SIZE_CLASS
	BIN_COUNT
};

struct size_class {
	uint64_t inverse;   /* ceil(2^40 / block): see size_class_index() */
	uint32_t block;     /* bytes from one block to the next, size + pad */
	uint32_t usable;    /* bytes of a block that the program may use */
	uint16_t capacity;  /* blocks in one slab */
	uint16_t cap;       /* FastCache capacity or OPTION_CAP */
	uint8_t granules;   /* granules in one slab */
	uint8_t prewarm;    /* see size_class.def */
	uint8_t id;         /* enum size_class_id */
	uint8_t first;      /* index of the first block of a slab, 0 or 1 */
	uint32_t misalign_mask; /* bits that are 0 in the address of every block */
	/*
	 * For is_multiple(): of `block` where a slab is one granule, and so begins at a
	 * multiple of 2^16; else of misalign_mask + 1.
	 */
	uint32_t multiple;
};

extern HAK_HIDDEN const struct size_class size_class_table[BIN_COUNT];

/*
 * A request of s bytes is served by the bin in slot
 *   s <= TINY_MAX:    tiny[(s + TINY_STEP - 1) / TINY_STEP]
 *   s <= CACHED_MAX:  mid[(s + MID_STEP - 1) / MID_STEP]
 * Sizes above CACHED_MAX have no bin.
 */
#ifdef HAK_C0_8B
#define TINY_STEP 8
#else
#define TINY_STEP 16
#endif
#define TINY_MAX 1024
#define MID_STEP 256
#ifdef HAK_POOL_TLS
#define CACHED_MAX 53248
#else
#define CACHED_MAX 7168
#endif
#define TINY_SLOTS (TINY_MAX / TINY_STEP + 1)
#define MID_SLOTS (CACHED_MAX / MID_STEP + 1)

/* Both maps of a heap: `bin * unit` for each slot. */
struct size_map {
	uint16_t tiny[TINY_SLOTS];
	uint16_t mid[MID_SLOTS];
};

/* The smallest bin whose usable size holds `size`; BIN_COUNT when none does. */
HAK_HIDDEN unsigned size_class_bin(size_t size);

/*
 * The smallest bin that serves `size` with every block a multiple of
 * `alignment`, a power of two; BIN_COUNT when none.
 */
HAK_HIDDEN unsigned size_class_aligned_bin(size_t size, size_t alignment);

/*
 * An octave is the bins of more than 2^k and at most 2^(k + 1) bytes, up to OCTAVE_MAX.
 * In a map it can be merged: its last bin serves all of its sizes.
 */
#define OCTAVE_MAX 4096u
/* The last bin of the bin's octave; the bin itself where it belongs to none. */
HAK_HIDDEN unsigned size_class_octave(unsigned bin);
/* A bit for the last bin of each octave. */
HAK_HIDDEN uint64_t size_class_octaves(void);

/* Fills both maps, with bins times `unit`.  merged: a bit for each octave to merge. */
HAK_HIDDEN void size_class_fill_map(struct size_map *map, unsigned unit, uint64_t merged);

/* "C5", "MID", ... for messages. */
HAK_HIDDEN const char *size_class_name(unsigned bin);

/*
 * offset / block for an offset inside a slab, without a division.
 * Exact because offset * block < 2^40 for every slab.
 */
static inline unsigned size_class_index(unsigned bin, size_t offset)
{
	return (unsigned)((offset * size_class_table[bin].inverse) >> 40);
}

/*
 * Is n < 2^16 a multiple of d, where multiple == ceil(2^32 / d)?  Exact, because the
 * fraction of n / d is n * multiple mod 2^32, off by less than 2^16, and at least
 * 2^32 / d if it is not 0.
 */
static HAK_ALWAYS_INLINE bool is_multiple(uint32_t n, uint32_t multiple)
{
	return n * multiple < multiple;
}

#endif /* HAK_SIZE_CLASS_H */
