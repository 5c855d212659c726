/* SPDX-License-Identifier: MIT */
/*
 * Page Registry: address -> {owner, bin}, for any address at all.
 *
 * Each 64 KiB granule has a 32-bit word:
 *   word == owner << WORD_BIN_BITS | bin * WORD_BIN_UNIT,   0: not ours
 * so that (word ^ my_owner << WORD_BIN_BITS) is the offset of a FastCache of mine
 * if, and only if, the granule is mine.
 *
 * The Window is one flat array for the 8 GiB of address space around the first
 * mapping: one subtraction and one load find the word, and one compare tells whether
 * the address lies outside.  The words of granules outside of the Window are in a
 * two-level radix for 48-bit addresses.  A root entry without a leaf is NULL, and the
 * words there count as 0.  The word of a granule is in the Window or in the radix,
 * never in both.
 *
 * Each 1 MiB unit has a pointer to its descriptor (SuperSlab or Huge).
 *
 * Words and units are written by the owner of the memory, with release, before
 * a block of it is handed out; slow paths read them with acquire.
 */
#ifndef HAK_PAGE_REGISTRY_H
#define HAK_PAGE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "base/lock.h"
#include "size_class/size_class.h"

enum { WORD_BIN_BITS = 10 };
#define WORD_BIN_UNIT 16u
#define WORD_BIN_MASK ((1u << WORD_BIN_BITS) - 1)
_Static_assert(BIN_COUNT * WORD_BIN_UNIT <= 1u << WORD_BIN_BITS,
	       "every bin fits its field");

/*
 * Owner 0 stands for no owner, owner 1 for Large and Huge blocks of all threads, owner
 * 2 for the slabs of hardened mode.
 */
#define OWNER_DIRECT 1u
#define OWNER_HARDENED 2u
enum { OWNER_FIRST_HEAP = 3 };
#define OWNER_LIMIT ((1u << (32 - WORD_BIN_BITS)) - 1) /* never a heap */

#define WORD_NONE 0u
enum {
	WORD_LARGE = OWNER_DIRECT << WORD_BIN_BITS,
	WORD_HUGE = WORD_LARGE | WORD_BIN_UNIT
};
/* What block_word() returns for a block of the emergency box.  Never in the registry. */
#define WORD_EMERGENCY (WORD_LARGE | 2 * WORD_BIN_UNIT)

#define WINDOW_GRANULES ((size_t)1 << 17)
enum { UNIT_SHIFT = 20 };
#define UNIT_SIZE ((size_t)1 << UNIT_SHIFT)
#define GRANULES_PER_UNIT_SHIFT (UNIT_SHIFT - GRANULE_SHIFT)
#define WINDOW_UNITS (WINDOW_GRANULES >> GRANULES_PER_UNIT_SHIFT)

/* What a question about a block asks of its bin, whoever owns the block. */
struct block_row {
	uint32_t misalign_mask; /* these three are those of struct size_class */
	uint32_t usable;
	uint32_t multiple;
	uint32_t exact;		/* bool: a slab is one granule */
};
_Static_assert(sizeof(struct block_row) == WORD_BIN_UNIT,
	       "a registry word is an offset into the rows");

/* The rows are filled before the first word is set. */
struct registry_window {
	uint32_t word[WINDOW_GRANULES];
	struct block_row row[BIN_COUNT];
	void *unit[WINDOW_UNITS];
};

/*
 * The first address of the Window.  Written once, before the first block is handed out.
 * A plain read suffices: a thread that frees a block sees what was written before the
 * block was handed out, and a pointer that is no block has the word 0 under the old and
 * the new value.  Stands in a cache line of its own.
 */
struct registry_place {
	uintptr_t base;
} HAK_CACHE_ALIGNED;

extern HAK_HIDDEN struct registry_window registry_window;
extern HAK_HIDDEN struct registry_place registry_place;

static inline uint32_t word_of(uint32_t owner, unsigned bin)
{
	return owner << WORD_BIN_BITS | bin * WORD_BIN_UNIT;
}

static inline uint32_t word_owner(uint32_t word)
{
	return word >> WORD_BIN_BITS;
}

static inline unsigned word_bin(uint32_t word)
{
	return (word & WORD_BIN_MASK) / WORD_BIN_UNIT;
}

/* The index of the granule in the Window; WINDOW_GRANULES or more: outside of it. */
static HAK_ALWAYS_INLINE size_t registry_window_index(const void *address)
{
	return ((uintptr_t)address - registry_place.base) >> GRANULE_SHIFT;
}

/* The Window, with its address in a register that reaches the words and the rows. */
static HAK_ALWAYS_INLINE const struct registry_window *registry_window_base(void)
{
	const struct registry_window *window = &registry_window;

	HAK_FOLD(window);
	return window;
}

/* The row of a bin is bin * WORD_BIN_UNIT bytes into the array. */
static HAK_ALWAYS_INLINE const struct block_row *
registry_row(const struct registry_window *window, size_t row)
{
	HAK_FOLD(row);
	return (const struct block_row *)(const void *)((const char *)window->row + row);
}

/* Can a block of this bin begin there?  Exact for a slab of one granule. */
static HAK_ALWAYS_INLINE bool registry_row_fits(const struct registry_window *window,
						size_t row, const void *block)
{
	return is_multiple((uint16_t)(uintptr_t)block, registry_row(window, row)->multiple);
}

/*
 * An address in the Window at which `size` bytes may be free.  The first call returns the
 * start of the Window, each later call the end of the place before.  0: the Window has no
 * room left.
 */
HAK_HIDDEN uintptr_t registry_window_place(size_t size);

/* For addresses outside the Window. */
HAK_HIDDEN uint32_t registry_far_word(const void *address);
HAK_HIDDEN void *registry_far_unit(const void *address);

/* The word of any address; 0 when it is not ours.  Wait-free. */
static inline uint32_t registry_word(const void *address)
{
	size_t index = registry_window_index(address);

	if (likely(index < WINDOW_GRANULES))
		return load_acquire(&registry_window.word[index]);
	return registry_far_word(address);
}

/* The descriptor set for the unit of this address, or NULL.  Wait-free. */
static inline void *registry_unit(const void *address)
{
	size_t index = registry_window_index(address);

	if (likely(index < WINDOW_GRANULES))
		return load_acquire(&registry_window.unit[index >> GRANULES_PER_UNIT_SHIFT]);
	return registry_far_unit(address);
}

/*
 * Makes room for the words and units of [address, address + size), so that
 * setting them cannot fail.  False when the system has no memory for a leaf.
 */
HAK_HIDDEN bool registry_reserve(const void *address, size_t size);

/*
 * For a mapping that the kernel will move to an address that is not known yet: takes a
 * leaf beforehand, or returns NULL when the system has no memory.  Afterwards
 * registry_give_leaf() makes room for the first granule at the new address, and cannot
 * fail.
 */
struct registry_leaf;
HAK_HIDDEN struct registry_leaf *registry_take_leaf(void);
HAK_HIDDEN void registry_give_leaf(struct registry_leaf *leaf,
				   const void *address);

/* Sets the word of `granules` granules from `address` on. */
HAK_HIDDEN void registry_set_word(const void *address, size_t granules,
				  uint32_t word);

/* Sets the descriptor of `units` units from `address` on. */
HAK_HIDDEN void registry_set_unit(const void *address, size_t units,
				  void *descriptor);

/* For the fork handlers (heap/fork.c). */
extern HAK_HIDDEN struct lock registry_lock;

#endif /* HAK_PAGE_REGISTRY_H */
