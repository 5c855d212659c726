/* SPDX-License-Identifier: MIT */
#include "hardened/slots.h"

#include <string.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "hardened/locker.h"
#include "hardened/look.h"
#include "hardened/slot.h"
#include "hardened/slot_bin.h"
#include "meta/meta.h"
#include "options/options.h"

#define SHARDS 16u

/* Slots up to this, a page and its canary, are zero from end to end while free. */
#define CLEAN_WHOLE 4608u
/* Larger ones in front, unless HAKMEM_ZERO_ON_FREE=1 wants all of it. */
#define CLEAN_FRONT 256u

/* How often a look at a slot that another thread is changing is repeated. */
#define LOOKS 100

/* What all bins of a size have in common. */
struct kind {
	uint32_t stride;
	uint32_t clean; /* bytes in front that are zero while a slot is free */
	uint32_t ahead; /* of those, what is looked at when it leaves its bin */
	uint32_t most;	/* slots in a magazine, and as many freed ones */
};

static struct kind kinds[SLOT_BINS];	     /* set once, before threads */
static struct size_map map;		     /* likewise, as are these */
static struct slot_bin (*shards)[SLOT_BINS];

/* Bytes of live slots less those that lockers count; relaxed. */
static size_t other_live;

/* ---- start --------------------------------------------------------------- */

static uint32_t clean_bytes(size_t stride)
{
	int64_t zero = options_get(OPTION_ZERO_ON_FREE);

	if (zero == ZERO_NO)
		return 0;
	return (uint32_t)(zero == ZERO_YES || stride <= CLEAN_WHOLE ? stride :
								      CLEAN_FRONT);
}

static uint32_t magazine_size(size_t stride)
{
	return (uint32_t)min_size(max_size(MAGAZINE_BYTES / stride, MAGAZINE_LEAST),
				  MAGAZINE_MOST);
}

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
	for (unsigned id = 0; id < SLOT_BINS; id++) {
		kinds[id].stride = slot_class(id)->block;
		kinds[id].clean = clean_bytes(kinds[id].stride);
		kinds[id].most = magazine_size(kinds[id].stride);
		if (kinds[id].stride <= SLOT_SMALL && id != EMPTY_BIN)
			kinds[id].ahead = kinds[id].clean;
	}
	for (unsigned s = 0; s < SHARDS; s++)
		for (unsigned id = 0; id < SLOT_BINS; id++)
			start_bin(&shards[s][id], s, id);
	size_class_fill_map(&map, 1);
	locker_start();
	return true;
}

/* pre: 0 < size <= SLOTS_MAX. */
static inline unsigned bin_of(size_t size)
{
	/* More than 8 bytes, so that the alignment is 16. */
	size_t whole = size + CANARY_SIZE;

	return whole <= TINY_MAX ? map.tiny[(whole + TINY_STEP - 1) / TINY_STEP] :
				   map.mid[(whole + MID_STEP - 1) / MID_STEP];
}

unsigned slots_bin(size_t size, size_t alignment)
{
	unsigned bin;

	if (size > SLOTS_MAX)
		return NO_BIN;
	if (alignment <= BLOCK_ALIGN)
		return size == 0 ? EMPTY_BIN : bin_of(size);
	bin = size_class_aligned_bin(max_size(size, 1) + CANARY_SIZE, alignment);
	return bin < BIN_COUNT ? bin : NO_BIN;
}

/* ---- the thread's locker --------------------------------------------------- */

/* NULL: the bins have to do. */
static inline struct locker *own_locker(void)
{
	struct locker *l = locker_own();

	if (unlikely(lock_hands != 0))
		return NULL;
	return likely(l != NULL) ? l : locker_attach();
}

static inline void count_live(struct locker *l, size_t bytes)
{
	if (likely(l != NULL))
		count_relaxed(&l->live, bytes);
	else
		add_relaxed(&other_live, bytes);
}

/* ---- malloc ---------------------------------------------------------------- */

/* A slot that was taken out of its bin becomes live. */
static inline void *hand_out(struct ready r, const struct kind *k, size_t size,
			     struct finding *f)
{
	uint32_t next;

	/* In a large slot the end of the block may be anywhere: a cold line. */
	__builtin_prefetch(r.slot + size, 1);
	next = record_next(load_relaxed(r.record), size);
	if (unlikely(size == 0) && k == &kinds[EMPTY_BIN]) {
		store_release(r.record, next | RECORD_LIVE);
		return r.slot;
	}
	if (likely(k->ahead != 0))
		look(&r, STEP, f);
	else
		look(&r, slot_front(k->clean, size), f);
	store_relaxed(r.record, next | RECORD_BUSY);
	release_fence();
	canary_write(r.slot + size, canary_value(r.slot));
	store_release(r.record, next | RECORD_LIVE);
	return r.slot;
}

/* From a magazine that is not empty. */
static inline void *pop(struct locker *l, unsigned bin, size_t size, bool *zeroed,
			struct finding *f)
{
	const struct kind *k = &kinds[bin];
	struct magazine *m = &l->magazine[bin];
	struct ready r = m->ready[--m->ready_count];

	if (unlikely(k->ahead == 0) && m->ready_count > 0)
		fetch(&m->ready[m->ready_count - 1]);
	count_live(l, k->stride);
	*zeroed = k->clean >= size;
	return hand_out(r, k, size, f);
}

void *slots_quick(size_t size, bool *zeroed)
{
	struct locker *l = locker_own();
	struct finding f;
	unsigned bin;
	void *block;

	if (unlikely(!l || size - 1 >= SLOTS_MAX || lock_hands != 0))
		return NULL;
	bin = bin_of(size);
	if (unlikely(l->magazine[bin].ready_count == 0))
		return NULL;
	f.kind = FINDING_NONE;
	lock_hand_in();
	block = pop(l, bin, size, zeroed, &f);
	lock_hand_out();
	finding_none(&f, "malloc()");
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

static void *alloc_without(unsigned bin, size_t size, struct finding *f)
{
	struct ready r;

	if (take(0, bin, &r, 1, f) == 0)
		return NULL;
	count_live(NULL, kinds[bin].stride);
	return hand_out(r, &kinds[bin], size, f);
}

void *slots_alloc(unsigned bin, size_t size, bool *zeroed, struct finding *f)
{
	struct locker *l = own_locker();
	struct magazine *m;
	void *block = NULL;

	f->kind = FINDING_NONE;
	*zeroed = kinds[bin].clean >= size;
	if (unlikely(!l))
		return alloc_without(bin, size, f);
	m = &l->magazine[bin];
	lock_hand_in();
	if (m->ready_count == 0)
		refill(l, bin, f);
	if (likely(m->ready_count > 0))
		block = pop(l, bin, size, zeroed, f);
	lock_hand_out();
	return block;
}

/* ---- free ------------------------------------------------------------------ */

/* The slot of an address, in *index, or NULL: none begins there.  Constant data alone. */
static HAK_ALWAYS_INLINE struct span *slot_of(const void *address, unsigned *index)
{
	struct span *span = region_span(address);
	size_t offset = (size_t)((const char *)address - span->base);

	*index = (unsigned)(offset * span->inverse >> 40);
	if (unlikely(*index >= span->capacity ||
		     (size_t)*index * span->stride != offset))
		return NULL;
	return span;
}

static HAK_COLD void find_dead(const void *block, uint32_t record, struct finding *f)
{
	finding_make(f, record & RECORD_SIZE ? FINDING_FREED : FINDING_NEVER, block,
		     record_size(record));
}

/* An underflow shows in the slot before, if that is not just changing hands. */
static inline HAK_RACY bool neighbour_intact(const struct span *span, const char *slot,
				      unsigned index)
{
	const uint32_t *record = &span->record[index] - 1;

	for (int i = 0; index > 0 && i < LOOKS; i++) {
		uint32_t seen = load_acquire(record);

		if (unlikely(seen & RECORD_BUSY)) {
			cpu_pause();
			continue;
		}
		if (likely(tail_intact(slot - span->stride, span->stride, seen)))
			return true;
		acquire_fence();
		if (load_relaxed(record) == seen)
			return false;
	}
	return true;
}

/* The slot of a block becomes busy, unless it is not live.  All that a closed one can show. */
static HAK_ALWAYS_INLINE bool claim_closed(const struct span *span, unsigned index,
					   char *block, uint32_t *old,
					   struct finding *f)
{
	f->kind = FINDING_NONE;
	if (likely(record_claim(&span->record[index], old)))
		return true;
	find_dead(block, *old, f);
	return false;
}

/* The same, and unless something was written behind the block. */
static HAK_ALWAYS_INLINE bool claim(const struct span *span, unsigned index,
				    char *block, uint32_t *old, struct finding *f)
{
	if (unlikely(!claim_closed(span, index, block, old, f)))
		return false;
	if (block_intact(block, span->stride, record_size(*old)))
		return true;
	finding_make(f, FINDING_AFTER_END, block, record_size(*old));
	store_release(&span->record[index], *old);
	return false;
}

static HAK_ALWAYS_INLINE bool claim_for_free(const struct span *span, unsigned index,
					     char *block, uint32_t *old,
					     struct finding *f)
{
	if (unlikely(!claim(span, index, block, old, f)))
		return false;
	if (likely(neighbour_intact(span, block, index)))
		return true;
	finding_make(f, FINDING_BEFORE_START, block, record_size(*old));
	store_release(&span->record[index], *old);
	return false;
}

/* The block leaves its slot, which is wiped, unless there is something to be found. */
static HAK_ALWAYS_INLINE bool vacate(const struct span *span, unsigned bin,
				     unsigned index, char *block, struct finding *f)
{
	uint32_t old;

	if (unlikely(bin == EMPTY_BIN)) {
		if (!claim_closed(span, index, block, &old, f))
			return false;
	} else {
		if (unlikely(!claim_for_free(span, index, block, &old, f)))
			return false;
		slot_wipe(block, kinds[bin].clean, record_size(old));
	}
	store_release(&span->record[index], old & ~RECORD_LIVE);
	return true;
}

static HAK_COLD void put_without(ticket slot)
{
	struct slot_bin *b = ticket_span(slot)->bin;

	lock_take(&b->lock);
	slot_bin_put(b, slot);
	lock_give(&b->lock);
}

/* A slot leaves the program's hands. */
static inline void put(struct locker *l, unsigned bin, ticket slot)
{
	struct magazine *m;

	count_live(l, -(size_t)kinds[bin].stride);
	if (unlikely(!l)) {
		put_without(slot);
		return;
	}
	m = &l->magazine[bin];
	if (unlikely(m->freed_count == kinds[bin].most))
		locker_empty_freed(m);
	m->freed[m->freed_count++] = slot;
}

void slots_free(void *block, unsigned bin)
{
	struct locker *l = own_locker();
	struct finding f;
	unsigned index;
	const struct span *span = slot_of(block, &index);

	if (unlikely(!span)) {
		finding_make(&f, FINDING_INSIDE, block, 0);
		finding_none(&f, "free()");
		return;
	}
	lock_hand_in();
	if (likely(vacate(span, bin, index, block, &f)))
		put(l, bin, ticket_for(span, index));
	lock_hand_out();
	finding_none(&f, "free()");
}

/* ---- realloc and malloc_usable_size -------------------------------------- */

void slots_look(const void *block, struct finding *f)
{
	unsigned index;
	const struct span *span = slot_of(block, &index);
	uint32_t record;

	if (!span) {
		finding_make(f, FINDING_INSIDE, block, 0);
		return;
	}
	record = load_acquire(&span->record[index]);
	if (!(record & RECORD_LIVE)) {
		find_dead(block, record, f);
		return;
	}
	finding_make(f, FINDING_NONE, block, record_size(record));
	if (!span_is_closed(span) && !block_intact(block, span->stride, f->size))
		f->kind = FINDING_AFTER_END;
}

size_t slots_peek(const void *block)
{
	unsigned index;
	const struct span *span = slot_of(block, &index);

	return span ? record_size(load_relaxed(&span->record[index])) : 0;
}

/* Bytes that leave the block, and its canary, are zero again. */
static void move_end(const struct span *span, char *slot, size_t old, size_t size)
{
	if (size < old)
		memset(slot + size, 0, min_size(old, max_size(span->clean, size)) - size);
	memset(slot + old, 0, CANARY_SIZE);
	canary_write(slot + size, canary_value(slot));
}

bool slots_resize(void *block, size_t size, struct finding *f)
{
	unsigned index;
	const struct span *span = slot_of(block, &index);
	uint32_t old;
	bool done;

	f->kind = FINDING_NONE;
	if (!span || slots_bin(size, 1) != span->id)
		return false;
	lock_hand_in();
	done = claim(span, index, block, &old, f);
	if (done) {
		move_end(span, block, record_size(old), size);
		store_release(&span->record[index],
			      record_next(old, size) | RECORD_LIVE);
	}
	lock_hand_out();
	return done;
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
	size_t bytes = locker_live() + load_relaxed(&other_live);

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
