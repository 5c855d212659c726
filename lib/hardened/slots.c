/* SPDX-License-Identifier: MIT */
#include "hardened/slots.h"

#include <pthread.h>
#include <string.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "hardened/slot_bin.h"
#include "meta/meta.h"
#include "options/options.h"

#define SHARDS 16u

/* Slots up to this are kept zero from end to end while they are free. */
#define CLEAN_WHOLE 4096u
/* Larger ones in front, unless HAKMEM_ZERO_ON_FREE=1 wants all of it. */
#define CLEAN_FRONT 256u
/* And so many bytes at the end of each slot, as long as no block reaches there. */
#define TAIL sizeof(uint64_t)
/* A slot is looked at in steps of this. */
#define STEP 16u

/* Up to here a loop is quicker than a call. */
#define WIPE_INLINE 128u

static struct slot_bin (*shards)[BIN_COUNT]; /* set once, before threads */
static struct size_map map;		     /* likewise */

/* ---- start --------------------------------------------------------------- */

static uint32_t clean_bytes(size_t stride)
{
	int64_t zero = options_get(OPTION_ZERO_ON_FREE);

	if (zero == ZERO_NO)
		return 0;
	return (uint32_t)(zero == ZERO_YES || stride <= CLEAN_WHOLE ? stride :
								      CLEAN_FRONT);
}

static void start_bin(struct slot_bin *b, unsigned shard, unsigned id)
{
	b->lock = (struct lock)LOCK_INIT(LOCK_RANK_HARDENED);
	b->id = id;
	b->stride = size_class_table[id].block;
	b->clean = clean_bytes(b->stride);
	b->dice.stream = (uint64_t)shard * BIN_COUNT + id;
}

bool slots_start(void)
{
	shards = meta_alloc(SHARDS * sizeof(*shards));
	if (!shards)
		return false;
	for (unsigned s = 0; s < SHARDS; s++)
		for (unsigned id = 0; id < BIN_COUNT; id++)
			start_bin(&shards[s][id], s, id);
	size_class_fill_map(&map, 1);
	return true;
}

unsigned slots_bin(size_t size, size_t alignment)
{
	size_t whole;

	if (size > SLOTS_MAX)
		return BIN_COUNT;
	/* More than 8 bytes, so that the alignment is 16. */
	whole = max_size(size, 1) + CANARY_SIZE;
	if (alignment > BLOCK_ALIGN)
		return size_class_aligned_bin(whole, alignment);
	return whole <= TINY_MAX ? map.tiny[(whole + TINY_STEP - 1) / TINY_STEP] :
				   map.mid[(whole + MID_STEP - 1) / MID_STEP];
}

/* ---- what stands in a slot ----------------------------------------------- */

/* As much as any CPU of ours looks at at once. */
typedef uint64_t piece __attribute__((vector_size(16), may_alias));

/* from: 16-byte aligned; size: a multiple of 16. */
static inline bool is_zero(const void *from, size_t size)
{
	const piece *p = from, *end = p + size / sizeof(*p);
	piece seen = {0, 0};

	for (; end - p >= 4; p += 4)
		seen |= (p[0] | p[1]) | (p[2] | p[3]);
	for (; p < end; p++)
		seen |= *p;
	return (seen[0] | seen[1]) == 0;
}

/* What the block and its canary take, in steps of 16. */
static size_t taken(size_t size)
{
	return align_up(size + CANARY_SIZE, STEP);
}

/* What the block in it is, or was, asked for as. */
static size_t slot_size(const struct span *span, unsigned index)
{
	return span->request[index] == 0 ? 0 : span->request[index] - 1u;
}

/* The last bytes of a slot, the first of them lowest. */
static uint64_t tail_of(const char *end)
{
	uint64_t tail;

	memcpy(&tail, end - TAIL, TAIL);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	tail = __builtin_bswap64(tail);
#endif
	return tail;
}

/* Nobody has written behind the canary of a block of `size` at the slot's end. */
static inline bool tail_intact(const struct slot_bin *b, const char *slot, size_t size)
{
	size_t behind = b->stride - (size + CANARY_SIZE);
	uint64_t tail = tail_of(slot + b->stride);

	if (behind >= TAIL)
		return tail == 0;
	return behind == 0 || tail >> 8 * (TAIL - behind) == 0;
}

static inline bool block_intact(const struct slot_bin *b, const char *slot, size_t size)
{
	return canary_intact(slot + size, canary_value(slot)) &&
	       tail_intact(b, slot, size);
}

/* An underflow shows in the slot before. */
static bool neighbour_intact(const struct slot_bin *b, const struct span *span,
			     const char *slot, unsigned index)
{
	const char *before = slot - b->stride;

	if (index == 0)
		return true;
	if (has_bit(span->live, index - 1))
		return block_intact(b, before, slot_size(span, index - 1));
	return tail_of(slot) == 0;
}

/* While it was free nobody wrote to its front, nor to its end. */
static bool free_intact(const struct slot_bin *b, const char *slot, size_t size)
{
	return is_zero(slot, min_size(b->clean, taken(size))) &&
	       tail_of(slot + b->stride) == 0;
}

static HAK_COLD size_t first_set_byte(const char *slot)
{
	size_t at = 0;

	while (slot[at] == 0)
		at++;
	return at;
}

static void wipe(const struct slot_bin *b, char *slot, size_t size)
{
	size_t front = min_size(b->clean, taken(size));

	if (front > WIPE_INLINE)
		memset(slot, 0, front);
	else
		for (size_t i = 0; i < front; i += STEP)
			memset(slot + i, 0, STEP);
	memset(slot + size, 0, CANARY_SIZE);
	memset(slot + b->stride - TAIL, 0, TAIL);
}

/* ---- malloc -------------------------------------------------------------- */

/* Stacks of threads lie side by side, a multiple of some size apart. */
static struct slot_bin *shard_bin(unsigned id)
{
	uintptr_t self = (uintptr_t)pthread_self();
	unsigned shard = (unsigned)((self >> 23) + (self >> 15)) % SHARDS;
	struct slot_bin *b = &shards[shard][id];

	if (likely(lock_try(&b->lock)))
		return b;
	b = &shards[(shard + SHARDS / 2) % SHARDS][id];
	lock_take(&b->lock);
	return b;
}

static char *hand_out(const struct slot_bin *b, struct span *span,
		      unsigned index, size_t size, struct finding *f)
{
	char *slot = span->base + (size_t)index * b->stride;

	f->block = slot;
	f->size = slot_size(span, index);
	if (unlikely(!free_intact(b, slot, size))) {
		f->kind = FINDING_WHILE_FREE;
		f->offset = first_set_byte(slot);
	}
	span->request[index] = (uint16_t)(size + 1);
	canary_write(slot + size, canary_value(slot));
	return slot;
}

void *slots_alloc(unsigned bin, size_t size, bool *zeroed, struct finding *f)
{
	struct slot_bin *b = shard_bin(bin);
	unsigned index;
	struct span *span = slot_bin_take(b, &index);
	char *slot = NULL;

	f->kind = FINDING_NONE;
	if (likely(span != NULL))
		slot = hand_out(b, span, index, size, f);
	*zeroed = b->clean >= size;
	lock_give(&b->lock);
	return slot;
}

/* ---- free ---------------------------------------------------------------- */

/*
 * The slot of an address, in *index; the finding says why there is none.
 * Constant data alone.
 */
static inline struct span *slot_of(const void *address, unsigned *index,
			    struct finding *f)
{
	struct span *span = region_span(address);
	size_t offset = (size_t)((const char *)address - span->base);

	f->block = address;
	f->size = 0;
	f->kind = FINDING_INSIDE;
	*index = (unsigned)(offset * span->inverse >> 40);
	if (*index >= span->capacity || (size_t)*index * span->stride != offset)
		return NULL;
	f->kind = FINDING_NONE;
	return span;
}

/* Under the bin's lock. */
static inline void check_live(const struct slot_bin *b, const struct span *span,
		       unsigned index, struct finding *f)
{
	f->size = slot_size(span, index);
	if (likely(has_bit(span->live, index))) {
		if (unlikely(!block_intact(b, f->block, f->size)))
			f->kind = FINDING_AFTER_END;
		return;
	}
	f->kind = span->request[index] != 0 ? FINDING_FREED : FINDING_NEVER;
}

static void check_free(const struct slot_bin *b, const struct span *span,
		       unsigned index, struct finding *f)
{
	check_live(b, span, index, f);
	if (likely(f->kind == FINDING_NONE) &&
	    unlikely(!neighbour_intact(b, span, f->block, index)))
		f->kind = FINDING_BEFORE_START;
}

void slots_free(void *block, struct finding *f)
{
	unsigned index;
	struct span *span = slot_of(block, &index, f);
	struct slot_bin *b;

	if (unlikely(!span))
		return;
	b = span->bin;
	lock_take(&b->lock);
	check_free(b, span, index, f);
	if (likely(f->kind == FINDING_NONE)) {
		wipe(b, block, f->size);
		slot_bin_put(b, span, index);
	}
	lock_give(&b->lock);
}

/* ---- realloc and malloc_usable_size -------------------------------------- */

void slots_look(const void *block, struct finding *f)
{
	unsigned index;
	struct span *span = slot_of(block, &index, f);
	struct slot_bin *b;

	if (!span)
		return;
	b = span->bin;
	lock_take(&b->lock);
	check_live(b, span, index, f);
	lock_give(&b->lock);
}

size_t slots_peek(const void *block)
{
	struct finding f;
	unsigned index;
	const struct span *span = slot_of(block, &index, &f);

	return span ? slot_size(span, index) : 0;
}

/* Bytes that leave the block, and its canary, are zero again. */
static void move_end(const struct slot_bin *b, char *slot, size_t old, size_t size)
{
	if (size < old)
		memset(slot + size, 0, min_size(old, max_size(b->clean, size)) - size);
	memset(slot + old, 0, CANARY_SIZE);
	canary_write(slot + size, canary_value(slot));
}

bool slots_resize(void *block, size_t size, struct finding *f)
{
	unsigned index;
	struct span *span = slot_of(block, &index, f);
	struct slot_bin *b;
	bool fits;

	if (!span)
		return false;
	b = span->bin;
	lock_take(&b->lock);
	check_live(b, span, index, f);
	fits = f->kind == FINDING_NONE && slots_bin(size, 1) == b->id;
	if (fits) {
		move_end(b, block, f->size, size);
		span->request[index] = (uint16_t)(size + 1);
	}
	lock_give(&b->lock);
	return fits;
}

/* ---- purging and fork ---------------------------------------------------- */

void slots_end_delay(void)
{
	for (unsigned s = 0; s < SHARDS; s++)
		for (unsigned id = 0; id < BIN_COUNT; id++) {
			lock_take(&shards[s][id].lock);
			slot_bin_end_delay(&shards[s][id]);
			lock_give(&shards[s][id].lock);
		}
}

size_t slots_purge(void)
{
	size_t done = 0;

	for (unsigned s = 0; s < SHARDS; s++)
		for (unsigned id = 0; id < BIN_COUNT; id++) {
			lock_take(&shards[s][id].lock);
			done += slot_bin_purge(&shards[s][id]);
			lock_give(&shards[s][id].lock);
		}
	return done;
}

size_t slots_live(void)
{
	size_t bytes = 0;

	for (unsigned s = 0; s < SHARDS; s++)
		for (unsigned id = 0; id < BIN_COUNT; id++)
			bytes += load_relaxed(&shards[s][id].live) *
				 shards[s][id].stride;
	return bytes;
}

/* Locks in one order. */
static struct lock *bin_lock(unsigned i)
{
	return &shards[i / BIN_COUNT][i % BIN_COUNT].lock;
}

void slots_fork(enum fork_step step)
{
	for (unsigned i = 0; i < SHARDS * BIN_COUNT; i++)
		lock_fork(bin_lock(i), step);
}
