/* SPDX-License-Identifier: MIT */
/*
 * hardened: a slot that was taken out of its bin and is the calling thread's
 * alone: the look at its zeros, and what is fetched for it.
 */
#ifndef HAK_LOOK_H
#define HAK_LOOK_H

#include <stddef.h>

#include "base/attributes.h"
#include "base/bits.h"
#include "hardened/finding.h"
#include "hardened/slot.h"
#include "hardened/slot_bin.h"

#define CACHE_LINE 64u
/* Cache lines of a slot that are fetched ahead. */
#define FETCHED 4u

static HAK_COLD void find_write(const struct ready *r, struct finding *f)
{
	size_t at = 0;

	while (r->slot[at] == 0)
		at++;
	finding_make(f, FINDING_WHILE_FREE, r->slot,
		     record_size(load_relaxed(r->record)));
	f->offset = at;
}

/* Bytes in front of a free slot. */
static HAK_ALWAYS_INLINE void look(const struct ready *r, size_t bytes,
				   struct finding *f)
{
	if (unlikely(load_relaxed(r->record) == 0))
		slot_touch(r->slot);
	if (unlikely(!is_zero(r->slot, bytes)))
		find_write(r, f);
}

/*
 * Small slots are looked at when they leave their bin, some at once: as many
 * steps for each, that do not wait for one another.
 */
static inline void look_ahead(const struct ready *r, unsigned count, size_t bytes,
			      struct finding *f)
{
	if (bytes == 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		__builtin_prefetch(r[i].record, 1);
		__builtin_prefetch(r[i].slot, 1);
		__builtin_prefetch(r[i].slot + min_size(CACHE_LINE, bytes - 1), 1);
	}
	for (unsigned i = 0; i < count; i++)
		look(&r[i], bytes, f);
}

/*
 * A large one that is next to be handed out: a random place seldom is in the
 * CPU's caches.
 */
static inline void fetch(const struct ready *next)
{
	for (unsigned i = 0; i < FETCHED; i++)
		__builtin_prefetch(next->slot + (size_t)i * CACHE_LINE, 1);
	__builtin_prefetch(next->record, 1);
}

#endif /* HAK_LOOK_H */
