/* SPDX-License-Identifier: MIT */
#include "hardened/slots.h"

#include <string.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "hardened/locker.h"
#include "hardened/look.h"
#include "hardened/slot.h"
#include "hardened/slot_bin.h"
#include "hardened/slot_kind.h"
#include "meta/meta.h"

#define SHARDS 16u

static struct slot_bin (*shards)[SLOT_BINS]; /* set once, before threads */

/* ---- start --------------------------------------------------------------- */

static void start_bin(struct slot_bin *b, unsigned shard, unsigned id)
{
	b->lock = (struct lock)LOCK_INIT(LOCK_RANK_HARDENED);
	b->id = id;
	b->stride = kinds[id].stride;
	b->clean = kinds[id].clean;
	b->dice.stream = (uint64_t)shard * SLOT_BINS + id;
}

bool slots_start(void)
{
	shards = meta_alloc(SHARDS * sizeof(*shards));
	if (!shards)
		return false;
	slot_kind_start();
	for (unsigned s = 0; s < SHARDS; s++)
		for (unsigned id = 0; id < SLOT_BINS; id++)
			start_bin(&shards[s][id], s, id);
	locker_start();
	return true;
}

unsigned slots_bin(size_t size, size_t alignment)
{
	unsigned bin;

	if (size > SLOTS_MAX)
		return NO_BIN;
	if (alignment <= BLOCK_ALIGN)
		return size == 0 ? EMPTY_BIN : slot_kind_of(size);
	bin = size_class_aligned_bin(max_size(size, 1) + CANARY_SIZE, alignment);
	return bin < BIN_COUNT ? bin : NO_BIN;
}

/* ---- malloc ---------------------------------------------------------------- */

/* Where the block of a record is looked at and wiped, from the slot on. */
struct front {
	size_t at, size;
};

static inline struct front front_of(size_t clean, size_t shift, size_t size)
{
	size_t before = shift == 0 ? 0 : STEP;

	return (struct front){.at = shift - before,
			      .size = before + slot_front(clean, size)};
}

/*
 * The block of before may have stood elsewhere: what was wiped of it is looked at,
 * and that of the new one is wiped, if it is not the same.
 */
static HAK_NOINLINE void look_fronts(const struct ready *r, size_t clean, size_t shift,
				     size_t size, struct finding *f)
{
	uint32_t old = load_relaxed(r->record);
	struct front new = front_of(clean, shift, size);
	struct front before = front_of(clean, record_shift(old), record_size(old));

	if (old == 0 || clean > CLEAN_FRONT)
		before = new; /* all of it is zero */
	look(r, before.at, before.size, f);
	if (before.at != new.at || before.size < new.size)
		memset(r->slot + new.at, 0, new.size);
}

/* The same; most follow one that was shifted too. */
static HAK_ALWAYS_INLINE void look_shifted(const struct ready *r, size_t clean,
					   size_t shift, size_t size,
					   struct finding *f)
{
	size_t before = record_shift(load_relaxed(r->record));

	if (unlikely(clean != CLEAN_FRONT) || unlikely(before == 0 || shift == 0)) {
		look_fronts(r, clean, shift, size, f);
		return;
	}
	if (unlikely(!is_zero(r->slot + before - STEP, SHIFTED_FRONT)))
		find_write(*r, before - STEP, f);
	if (before != shift)
		make_zero(r->slot + shift - STEP, SHIFTED_FRONT);
}

/* A slot that was taken out of its bin becomes live. */
static HAK_ALWAYS_INLINE void *go_live(struct ready r, uint32_t next, size_t size,
				       size_t shift)
{
	char *block = r.slot + shift;
	uint64_t canary = canary_value(r.slot);

	store_relaxed(r.record, next | RECORD_BUSY);
	release_fence();
	canary_write(block + size, canary);
	if (shift != 0)
		canary_write(block - CANARY_SIZE, canary);
	store_release(r.record, next | RECORD_LIVE);
	return block;
}

/* One that was looked at when it left its bin. */
static HAK_ALWAYS_INLINE void *hand_out_small(struct ready r, size_t size,
					      struct finding *f)
{
	uint32_t next = record_next(load_relaxed(r.record), size, 0);

	if (unlikely(!looks_free(&r)))
		find_write(r, 0, f);
	return go_live(r, next, size, 0);
}

/* The same where blocks may be shifted. */
static HAK_ALWAYS_INLINE void *hand_out_shifted(struct ready r, const struct kind *k,
						size_t size, size_t shift,
						struct finding *f)
{
	uint32_t next = record_next(load_relaxed(r.record), size, shift);

	/* A cold line, maybe. */
	__builtin_prefetch(r.slot + shift + size, 1);
	look_shifted(&r, k->clean, shift, size, f);
	return go_live(r, next, size, shift);
}

/* All others. */
static HAK_NOINLINE void *hand_out_plain(struct ready r, const struct kind *k,
					 size_t size, struct finding *f)
{
	uint32_t next = record_next(load_relaxed(r.record), size, 0);

	if (k == &kinds[EMPTY_BIN]) {
		store_release(r.record, next | RECORD_LIVE);
		return r.slot;
	}
	look(&r, 0, slot_front(k->clean, size), f);
	return go_live(r, next, size, 0);
}

static HAK_ALWAYS_INLINE void *hand_out(struct ready r, const struct kind *k,
					size_t size, size_t shift, struct finding *f)
{
	return k->shifted ? hand_out_shifted(r, k, size, shift, f) :
			    hand_out_plain(r, k, size, f);
}

/* The next one of a magazine that is not empty. */
static HAK_ALWAYS_INLINE struct ready pop(struct locker *l, struct magazine *m,
					  size_t stride)
{
	locker_count(l, stride);
	return m->ready[--m->ready_count];
}

static HAK_ALWAYS_INLINE void *hand_out_next(struct locker *l, unsigned bin,
					     size_t size, size_t shift,
					     struct finding *f)
{
	const struct kind *k = &kinds[bin];
	struct magazine *m = &l->magazine[bin];
	struct ready r = pop(l, m, k->stride);

	if (k->ahead != 0)
		return hand_out_small(r, size, f);
	if (m->ready_count > 0)
		fetch(&m->ready[m->ready_count - 1]);
	return hand_out(r, k, size, shift, f);
}

/* Of what is looked at only now, or larger. */
static HAK_NOINLINE void *quick_large(struct locker *l, size_t size, bool *zeroed)
{
	unsigned bin = slot_kind_of(size);
	struct finding f;
	void *block;

	if (unlikely(l->magazine[bin].ready_count == 0))
		return NULL;
	f.kind = FINDING_NONE;
	*zeroed = kinds[bin].clean >= size;
	critical_enter();
	block = hand_out_next(l, bin, size, slot_kind_shift(size), &f);
	critical_leave();
	finding_none(&f, "malloc()");
	return block;
}

/* It is the process's end, as that of all who damage memory. */
static HAK_COLD void tell_write(struct ready r)
{
	struct finding f;

	find_write(r, 0, &f);
	critical_leave();
	finding_none(&f, "malloc()");
	critical_enter();
}

void *slots_quick(size_t size, bool *zeroed)
{
	struct locker *l = locker_own();
	const struct kind *k;
	struct magazine *m;
	struct ready r;
	unsigned bin;
	void *block;

	if (unlikely(!l || size - 1 >= SLOTS_MAX || critical_depth != 0))
		return NULL;
	if (unlikely(size > SLOT_SMALL - CANARY_SIZE))
		return quick_large(l, size, zeroed);
	bin = slot_kind_of(size);
	k = &kinds[bin];
	m = &l->magazine[bin];
	if (unlikely(k->ahead == 0))
		return quick_large(l, size, zeroed);
	if (unlikely(m->ready_count == 0))
		return NULL;
	*zeroed = true;
	critical_enter();
	r = pop(l, m, k->stride);
	if (unlikely(!looks_free(&r)))
		tell_write(r);
	block = go_live(r, record_next(load_relaxed(r.record), size, 0), size, 0);
	critical_leave();
	return block;
}

static unsigned take(unsigned shard, unsigned bin, struct ready *out, unsigned want,
		     struct finding *f)
{
	struct slot_bin *b = &shards[shard % SHARDS][bin];
	unsigned count;

	lock_take(&b->lock);
	count = slot_bin_take(b, out, want);
	lock_give(&b->lock);
	look_ahead(out, count, kinds[bin].ahead, f);
	return count;
}

/* A thread that lives for a few allocations takes few slots. */
static void refill(struct locker *l, unsigned bin, struct finding *f)
{
	struct magazine *m = &l->magazine[bin];
	unsigned want = (unsigned)max_size(m->want, 1);

	m->ready_count = take(l->number, bin, m->ready, want, f);
	m->want = (uint32_t)min_size(2 * want, kinds[bin].most);
}

static void *alloc_without(unsigned bin, size_t size, size_t shift, struct finding *f)
{
	struct ready r;

	if (take(0, bin, &r, 1, f) == 0)
		return NULL;
	locker_count(NULL, kinds[bin].stride);
	return hand_out(r, &kinds[bin], size, shift, f);
}

void *slots_alloc(unsigned bin, size_t size, size_t alignment, bool *zeroed,
		  struct finding *f)
{
	size_t shift = alignment <= BLOCK_ALIGN ? slot_kind_shift(size) : 0;
	struct locker *l = locker_use();
	struct magazine *m;
	void *block = NULL;

	f->kind = FINDING_NONE;
	*zeroed = kinds[bin].clean >= size;
	if (unlikely(!l))
		return alloc_without(bin, size, shift, f);
	m = &l->magazine[bin];
	critical_enter();
	if (m->ready_count == 0)
		refill(l, bin, f);
	if (likely(m->ready_count > 0))
		block = hand_out_next(l, bin, size, shift, f);
	critical_leave();
	return block;
}

/* ---- purging and fork ---------------------------------------------------- */

void slots_end_delay(void)
{
	locker_empty();
	for (unsigned s = 0; s < SHARDS; s++)
		for (unsigned id = 0; id < SLOT_BINS; id++) {
			lock_take(&shards[s][id].lock);
			slot_bin_end_delay(&shards[s][id]);
			lock_give(&shards[s][id].lock);
		}
}

size_t slots_purge(void)
{
	size_t done = 0;

	locker_empty();
	for (unsigned s = 0; s < SHARDS; s++)
		for (unsigned id = 0; id < SLOT_BINS; id++) {
			lock_take(&shards[s][id].lock);
			done += slot_bin_purge(&shards[s][id]);
			lock_give(&shards[s][id].lock);
		}
	return done;
}

/* Frees may be seen before what they free: that is nothing then. */
size_t slots_live(void)
{
	size_t bytes = locker_live();

	return bytes <= PTRDIFF_MAX ? bytes : 0;
}

/* Locks in one order. */
static struct lock *bin_lock(unsigned i)
{
	return &shards[i / SLOT_BINS][i % SLOT_BINS].lock;
}

void slots_fork(enum fork_step step)
{
	locker_fork(step);
	for (unsigned i = 0; i < SHARDS * SLOT_BINS; i++)
		lock_fork(bin_lock(i), step);
}
