/* SPDX-License-Identifier: MIT */
#include "registry/page_registry.h"

#include "base/bits.h"
#include "os/hak_os_map_boundary.h"
#include "stats/stats.h"

/* One leaf covers 16 GiB; the root covers addresses of 48 bits. */
#define LEAF_SHIFT 34
/* The Window begins at a multiple of this size, which divides the size of a leaf. */
#define PART_SIZE ((uintptr_t)1 << 30)
#define LEAF_GRANULES ((size_t)1 << (LEAF_SHIFT - GRANULE_SHIFT))
#define LEAF_UNITS ((size_t)1 << (LEAF_SHIFT - UNIT_SHIFT))
#define ROOT_LEAVES ((size_t)1 << (48 - LEAF_SHIFT))

struct registry_leaf {
	uint32_t word[LEAF_GRANULES];
	void *unit[LEAF_UNITS];
};

/* At a page: the rows lie on one then. */
struct registry_window registry_window __attribute__((aligned(4096)));
HAK_NEAR struct registry_place registry_place;

/* Each entry is set once, under registry_lock with release; read with acquire. */
static struct registry_leaf *root[ROOT_LEAVES];
struct lock registry_lock = LOCK_INIT(LOCK_RANK_REGISTRY);
HAK_NEAR static bool window_placed; /* under registry_lock */
/* Leaves that nothing uses, linked by unit[0].  Under registry_lock. */
HAK_NEAR static struct registry_leaf *spare;

static struct registry_leaf *leaf_of(uintptr_t address)
{
	size_t index = address >> LEAF_SHIFT;

	return index < ROOT_LEAVES ? load_acquire(&root[index]) : NULL;
}

/* Where the word and the unit of an address stand; NULL: it has no leaf. */
struct place {
	uint32_t *word;
	void **unit;
};

static struct place place_of(uintptr_t address)
{
	size_t index = registry_window_index((const void *)address);
	struct registry_leaf *leaf;

	if (index < WINDOW_GRANULES)
		return (struct place){
			&registry_window.word[index],
			&registry_window.unit[index >> GRANULES_PER_UNIT_SHIFT]};
	leaf = leaf_of(address);
	if (!leaf)
		return (struct place){NULL, NULL};
	return (struct place){&leaf->word[address >> GRANULE_SHIFT & (LEAF_GRANULES - 1)],
			      &leaf->unit[address >> UNIT_SHIFT & (LEAF_UNITS - 1)]};
}

uint32_t registry_far_word(const void *address)
{
	const uint32_t *word = place_of((uintptr_t)address).word;

	return word ? load_acquire(word) : WORD_NONE;
}

void *registry_far_unit(const void *address)
{
	void **unit = place_of((uintptr_t)address).unit;

	return unit ? load_acquire(unit) : NULL;
}

static void fill_row(struct block_row *row, const struct size_class *class)
{
	row->misalign_mask = class->misalign_mask;
	row->usable = class->usable;
	row->multiple = class->multiple;
	row->exact = class->granules == 1;
}

/*
 * Most systems place each mapping below the one before.  So three quarters of the
 * Window lie below the first mapping.
 */
static void place_window(uintptr_t first)
{
	uintptr_t below = (WINDOW_GRANULES << GRANULE_SHIFT) / 4 * 3;
	uintptr_t start = excess_of(first, below);

	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		fill_row(&registry_window.row[bin], &size_class_table[bin]);
	store_relaxed(&registry_place.base, align_down(start, PART_SIZE));
	window_placed = true;
}

uintptr_t registry_window_place(size_t size)
{
	HAK_NEAR static size_t next; /* bytes from its start; any thread, relaxed */
	size_t at = add_relaxed(&next, size);

	if (at + size > WINDOW_GRANULES << GRANULE_SHIFT)
		return 0;
	return registry_place.base + at;
}

/* Zeroed, or NULL. */
static struct registry_leaf *leaf_make(void)
{
	struct registry_leaf *leaf = spare;

	if (leaf) {
		spare = leaf->unit[0];
		leaf->unit[0] = NULL;
		return leaf;
	}
	leaf = os_map(align_up(sizeof(*leaf), os_page_size()), os_page_size());
	if (leaf) {
		os_name(leaf, align_up(sizeof(*leaf), os_page_size()), "hakmem: registry");
		count_relaxed(&stats_totals.registry, sizeof(*leaf));
		count_relaxed(&stats_totals.leaves, 1);
	}
	return leaf;
}

static bool reserve_leaf(uintptr_t address)
{
	struct registry_leaf *leaf;

	if (place_of(address).word)
		return true;
	leaf = leaf_make();
	if (!leaf)
		return false;
	store_release(&root[address >> LEAF_SHIFT], leaf);
	return true;
}

bool registry_reserve(const void *address, size_t size)
{
	uintptr_t first = (uintptr_t)address, last = first + size - 1;
	bool done = true;

	lock_take(&registry_lock);
	if (!window_placed)
		place_window(first);
	for (uintptr_t a = first; done && a <= last;
	     a = align_down(a, PART_SIZE) + PART_SIZE)
		done = reserve_leaf(a);
	lock_give(&registry_lock);
	return done;
}

struct registry_leaf *registry_take_leaf(void)
{
	struct registry_leaf *leaf;

	lock_take(&registry_lock);
	leaf = leaf_make();
	lock_give(&registry_lock);
	return leaf;
}

void registry_give_leaf(struct registry_leaf *leaf, const void *address)
{
	lock_take(&registry_lock);
	leaf->unit[0] = spare;
	spare = leaf;
	reserve_leaf((uintptr_t)address);
	lock_give(&registry_lock);
}

void registry_set_word(const void *address, size_t granules, uint32_t word)
{
	uintptr_t a = (uintptr_t)address;

	for (; granules > 0; granules--, a += GRANULE_SIZE)
		store_release(place_of(a).word, word);
}

void registry_set_unit(const void *address, size_t units, void *descriptor)
{
	uintptr_t a = (uintptr_t)address;

	for (; units > 0; units--, a += UNIT_SIZE)
		store_release(place_of(a).unit, descriptor);
}
