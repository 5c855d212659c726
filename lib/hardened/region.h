/* SPDX-License-Identifier: MIT */
/*
 * hardened: address space for slots.
 *
 * A region is 2 MiB of it, closed at first.  Spans are cut from it, first to
 * last, opened, and never taken back: what was memory of one bin never becomes
 * memory of another.  The page behind a span stays closed, and so does the first
 * granule of the region, as long as the system lets us have so many mappings.
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

/*
 * The slots of a span are live (handed out), delayed (freed, in the bin's
 * delay), made ready, or free: all but the last are `used`, used + free == capacity.
 * Under the lock of the bin, but for the first five, which are constant.
 */
struct span {
	char *base;
	uint64_t inverse; /* of the stride, see size_class_index() */
	uint32_t stride;
	uint32_t capacity;
	void *bin; /* struct slot_bin * */
	struct span *prev, *next; /* the bin's list of those with free slots */
	uint64_t open; /* bit: that word of free is not 0 */
	uint64_t *free, *live; /* bit: slot */
	uint16_t *request; /* by slot: its size + 1; 0: never handed out */
	uint32_t used;
};

struct region {
	char *base; /* a multiple of UNIT_SIZE */
	bool whole; /* all of it is open but the first granule */
	struct span *span[REGION_GRANULES]; /* by granule; set once, release */
};

/* More slots than `open` has words for are not used. */
#define SPAN_SLOTS_MAX ((uint32_t)64 * 64)

/* A span for slots of this bin of the class table; NULL: no memory. */
HAK_HIDDEN struct span *region_cut(unsigned id, void *bin);

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
