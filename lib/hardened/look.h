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
#define FETCHED 3u

static HAK_COLD void find_write(struct ready r, size_t at, struct finding *f)
{
	uint32_t record = load_relaxed(r.record);

	while (r.slot[at] == 0)
		at++;
	finding_make(f, FINDING_WHILE_FREE, r.slot + record_shift(record),
		     record_size(record));
	f->offset = at - record_shift(record);
}

/* Bytes in a free slot, from `at` on. */
static HAK_ALWAYS_INLINE void look(const struct ready *r, size_t at, size_t bytes,
				   struct finding *f)
{
	if (unlikely(load_relaxed(r->record) == 0))
		slot_touch(r->slot + at);
	if (unlikely(!is_zero(r->slot + at, bytes)))
		find_write(*r, at, f);
}

/* The first STEP of one that was looked at before. */
static HAK_ALWAYS_INLINE bool looks_free(const struct ready *r)
{
	return likely((word_at(r->slot) | word_at(r->slot + STEP / 2)) == 0);
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
		look(&r[i], 0, bytes, f);
}

/*
 * A large one that is next to be handed out: a random place seldom is in the
 * CPU's caches.
 */
static inline void fetch(const struct ready *next)
{
	const char *front = next->slot + record_shift(load_relaxed(next->record));

	for (unsigned i = 0; i < FETCHED; i++)
		__builtin_prefetch(front + (size_t)i * CACHE_LINE, 1);
}

#endif /* HAK_LOOK_H */
