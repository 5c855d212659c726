/* SPDX-License-Identifier: MIT */
/*
 * hardened: address space for slots.
 *
 * A region is 2 MiB of it, closed at first.  Spans are cut from it, first to
 * last, opened, and never taken back: what was memory of one bin never becomes
 * memory of another.  The page behind a span stays closed, and so does the first
 * granule of the region, as long as the system lets us have so many mappings.
 * Spans for blocks of 0 bytes are never opened: their slots are addresses alone.
 */
#ifndef HAK_REGION_H
#define HAK_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/lock.h"
#include "registry/page_registry.h"

#define REGION_UNITS 2u
#define REGION_SIZE (REGION_UNITS * UNIT_SIZE)
#define REGION_GRANULES (REGION_SIZE / GRANULE_SIZE)

/* The bins of the class table, and that of blocks of 0 bytes. */
#define EMPTY_BIN BIN_COUNT
#define SLOT_BINS (BIN_COUNT + 1)

/* Its geometry. */
static inline const struct size_class *slot_class(unsigned id)
{
	return &size_class_table[id == EMPTY_BIN ? BIN_OF_SIZE_16_0 : id];
}

/*
 * Do blocks stand at a shift in its slots, if they need not be aligned?  Large ones
 * do; of their classes those without a pad are for aligned blocks alone.
 */
static inline bool slot_class_shifts(unsigned id)
{
	const struct size_class *class = slot_class(id);

	return class->id == CLASS_POOL && class->block > class->usable;
}

/*
 * The slots of a span are free, or `used`: taken out of the bin, to be handed out
 * or in the hands of the program, or freed and delayed.
 * used + free == capacity.
 *
 * The first cache line is constant once a slot was taken; the records are atomic
 * (slot.h); all else is under the lock of the bin.
 */
struct span {
	char *base;	  /* of the first slot, in the first granule */
	uint64_t inverse; /* of the stride, see size_class_index() */
	uint32_t stride;
	uint32_t capacity;
	uint32_t id;	  /* of its bin */
	uint32_t clean;	  /* bytes in front that are zero while a slot is free */
	uint32_t *record; /* by slot: see slot.h */
	void *bin;	  /* struct slot_bin * */
	/* The bin's list of those with free slots. */
	struct span *prev HAK_CACHE_ALIGNED, *next;
	uint64_t open; /* bit: that word of free is not 0 */
	uint64_t *free; /* bit: slot */
	uint32_t used;
};

struct region {
	char *base; /* a multiple of UNIT_SIZE */
	bool whole; /* all of it is open but the first granule */
	struct span *span[REGION_GRANULES]; /* by granule; set once, release */
};

/* More slots than `open` has words for are not used. */
#define SPAN_SLOTS_MAX ((uint32_t)64 * 64)

/* Nothing may be read or written in its slots. */
static HAK_ALWAYS_INLINE bool span_is_closed(const struct span *span)
{
	return span->id == EMPTY_BIN;
}

/* Where its first granule begins. */
static inline char *span_start(const struct span *span)
{
	return span->base - ((uintptr_t)span->base & (GRANULE_SIZE - 1));
}

/*
 * A span for slots of this bin, clean to `clean` bytes; NULL: no memory.  roll: 16
 * bits of chance.
 */
HAK_HIDDEN struct span *region_cut(unsigned id, uint32_t clean, void *bin,
				   unsigned roll);

/* The span of an address.  pre: its registry word is OWNER_HARDENED's. */
static inline struct span *region_span(const void *address)
{
	const struct region *r = registry_unit(address);
	size_t granule = (size_t)((const char *)address - r->base) >> GRANULE_SHIFT;

	return load_acquire(&r->span[granule]);
}

/* Bytes of a span that are open. */
HAK_HIDDEN size_t region_payload(unsigned granules);

/* How many mappings guard pages may cost: sets and spends it. */
HAK_HIDDEN void region_set_guards(unsigned count);
HAK_HIDDEN bool region_spend_guard(void);
HAK_HIDDEN void region_return_guard(void);

HAK_HIDDEN void region_fork(enum fork_step step);

#endif /* HAK_REGION_H */
