/* SPDX-License-Identifier: MIT */
/*
 * usual: the backend of heaps, Large and Huge blocks, and of what handlers got from
 * emergency.
 */
#include <errno.h>
#include <string.h>

#include "api/backend.h"
#include "api/block.h"
#include "api/fast_path.h"
#include "api/route.h"
#include "base/bits.h"
#include "base/die.h"
#include "base/lock.h"
#include "emergency/emergency.h"
#include "heap/p0.h"
#include "huge/huge.h"
#include "large/large.h"
#include "options/options.h"
#include "os/hak_os_map_boundary.h"

/* ---- allocation ---- */

/* HAKMEM_PREWARM=eager: fills every Pool FastCache of a new heap: 1.8 MiB. */
static void prewarm_thread(struct heap *heap)
{
	if (options_get(OPTION_PREWARM) != PREWARM_EAGER)
		return;
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		if (size_class_table[bin].id == CLASS_POOL)
			p0_prewarm(heap, bin, size_class_table[bin].prewarm);
}

struct heap *usual_thread_heap(void)
{
	struct heap *heap = heap_mine();

	if (likely(heap != NULL) || heap_self != &heap_none)
		return heap;
	heap = heap_birth();
	if (heap)
		prewarm_thread(heap);
	return heap;
}

/* The one in which the fast paths look, if its blocks are aligned so. */
static unsigned bin_for(const struct heap *heap, size_t size, size_t alignment)
{
	size_t row = fast_row(&heap->front, align_up(max_size(size, 1), alignment));
	unsigned bin = (unsigned)(row / WORD_BIN_UNIT);

	if (size_class_table[bin].block % alignment == 0)
		return bin;
	return size_class_aligned_bin(size, alignment);
}

static void *alloc_from(struct heap *heap, size_t size, size_t alignment, bool *zeroed)
{
	unsigned bin = bin_for(heap, size, alignment);
	void *block = p0_alloc(heap, bin, zeroed);

	if (unlikely(!block)) /* what was freed may be from before the octave was split */
		block = p0_alloc(heap, size_class_octave(bin), zeroed);
	if (block)
		free_mark_clear(block);
	return block;
}

static void *alloc_cached(size_t size, size_t alignment, bool *zeroed)
{
	struct heap *heap = usual_thread_heap();
	void *block;

	if (likely(heap != NULL))
		return alloc_from(heap, size, alignment, zeroed);
	/* After the heap's death, where it is hidden, or no memory for a heap. */
	heap = heap_borrow();
	if (!heap)
		return NULL;
	block = alloc_from(heap, size, alignment, zeroed);
	heap_return(heap);
	return block;
}

/*
 * Its memory may have been a slab's, and have a mark.  The program would not see it, but
 * may bring it back, with realloc() by way of another block: it is cleared as well.
 */
static void *alloc_direct(size_t size, size_t alignment, bool *zeroed)
{
	void *block = size <= LARGE_MAX && alignment <= LARGE_MAX ?
			      large_alloc(size, alignment, zeroed) :
			      huge_alloc(size, alignment, zeroed);

	if (block && !*zeroed)
		free_mark_clear(block);
	return block;
}

void *usual_try_alloc(size_t size, size_t alignment, bool *zeroed)
{
	if (size_class_aligned_bin(size, alignment) < BIN_COUNT)
		return alloc_cached(size, alignment, zeroed);
	return alloc_direct(size, alignment, zeroed);
}

size_t usual_good_size(size_t size)
{
	unsigned bin = size_class_bin(size);

	if (bin < BIN_COUNT)
		return size_class_table[bin].usable;
	return size <= LARGE_MAX ? large_round(size) : huge_round(size);
}

/* ---- free ---- */

/* A block of another heap's slab. */
static void free_foreign(uint32_t word, void *block)
{
	struct heap *heap = usual_thread_heap();
	struct chain chain;

	if (likely(heap != NULL)) {
		heap_free_remote(heap, word, block);
		return;
	}
	chain = chain_of_one(word, block);
	heap_post(&chain);
}

static void free_binned(uint32_t word, void *block)
{
	struct heap *own = heap_mine();
	unsigned bin = word_bin(word);

	if (unlikely(!header_intact(block, bin)))
		die("free(): the byte before a block was overwritten: 0x%lx",
		       (uintptr_t)block);
	free_mark_set(block);
	if (unlikely(lock_is_reentered()))
		heap_post_stray(word, block);
	else if (own && word_owner(word) == own->owner)
		p0_free(own, bin, block);
	else
		free_foreign(word, block);
}

/* A Large or Huge block, or one that a locked out handler got. */
static void free_unbinned(uint32_t word, void *block)
{
	if (word == WORD_EMERGENCY)
		emergency_free(block);
	else if (lock_is_reentered())
		emergency_leave(block);
	else if (word == WORD_LARGE)
		large_free(block);
	else
		huge_free(block);
}

/* HAKMEM_ZERO_ON_FREE=1.  Large and Huge blocks are whole pages; others share theirs. */
static HAK_COLD void wipe_block(void *block, uint32_t word)
{
	size_t usable = block_usable(block, word);

	if (word_owner(word) != OWNER_DIRECT || word == WORD_EMERGENCY ||
	    lock_is_reentered() || !os_purge(block, usable))
		memset(block, 0, usable);
}

/*
 * A block of a heap for which a chain is gathering.  That says that the word
 * is a heap's; the rest is looked at as closely as fast_push() does.
 */
static bool push_to_outbox(struct heap_front *front, uint32_t word, void *block)
{
	struct outbox_slot *slot = outbox_open_slot(&front->outbox, word);

	if (!slot || fast_misplaced(front, word & WORD_BIN_MASK, block) ||
	    free_mark_is_set(block) || !header_intact(block, word_bin(word)) ||
	    options_get(OPTION_ZERO_ON_FREE) == ZERO_YES)
		return false;
	free_mark_set(block);
	outbox_push(slot, block);
	return true;
}

static bool free_to_outbox(uint32_t word, void *block)
{
	struct heap_front *front = heap_hide();
	bool done = push_to_outbox(front, word, block);

	heap_show(front);
	return done;
}

/* What neither the caches nor the outbox took as it came. */
static HAK_NOINLINE void free_slow(void *block)
{
	uint32_t word = block_word(block, "free()");

	if (unlikely(word == WORD_NONE))
		return;
	if (unlikely(options_get(OPTION_ZERO_ON_FREE) == ZERO_YES))
		wipe_block(block, word);
	if (word_owner(word) == OWNER_DIRECT)
		free_unbinned(word, block);
	else
		free_binned(word, block);
}

/* A plain block of mine outside of the Window. */
static bool push_far(uint32_t word, void *block)
{
	return registry_window_index(block) >= WINDOW_GRANULES &&
	       fast_push_own(heap_self, word, block);
}

void usual_free(void *block, uint32_t word)
{
	if (!free_to_outbox(word, block) && !push_far(word, block))
		free_slow(block);
}

/* ---- realloc: in place where the box of the block can, else by moving it ---- */

/* Resizes a Large or Huge block without moving bytes; NULL when that cannot be. */
static void *resize_in_place(void *block, uint32_t word, size_t size)
{
	if (word == WORD_EMERGENCY || lock_is_reentered())
		return NULL;
	if (word == WORD_HUGE)
		return size > LARGE_MAX ? huge_resize(block, size) : NULL;
	return size > CACHED_MAX && large_resize(block, size) ? block : NULL;
}

/*
 * A place for a block that is to move.  A Large one that grows step by step will
 * grow again: it gets half as much to spare, which costs address space alone,
 * and stands where it can grow further.
 */
static void *alloc_to_move(size_t usable, size_t size)
{
	void *roomy = NULL;

	if (size > usable && size / 3 < usable / 2 && size > CACHED_MAX &&
	    size <= LARGE_MAX && !lock_is_reentered())
		roomy = large_alloc_roomy(min_size(size + size / 2, LARGE_MAX));
	return roomy ? roomy : fast_malloc(size);
}

static void *move_block(void *block, size_t usable, size_t size)
{
	int saved = errno;
	void *fresh = alloc_to_move(usable, size);

	if (!fresh && size <= usable) { /* as well off as before */
		errno = saved;
		return block;
	}
	if (!fresh)
		return NULL;
	memcpy(fresh, block, min_size(usable, size));
	fast_free(block);
	return fresh;
}

static void *realloc_direct(void *block, uint32_t word, size_t size)
{
	void *fresh = resize_in_place(block, word, size);

	if (!fresh)
		fresh = move_block(block, block_usable(block, word), size);
	/* For want of memory all that was idle has been given back now. */
	return fresh ? fresh : resize_in_place(block, word, size);
}

void *usual_move(void *block, size_t usable, size_t size)
{
	if (unlikely(route_is_too_large(size)))
		return route_no_memory();
	if (likely(size != 0))
		return move_block(block, usable, size);
	fast_free(block);
	return NULL;
}

static void *realloc_usual(void *block, size_t size)
{
	uint32_t word = block_word(block, "realloc()");
	size_t usable;

	if (unlikely(word == WORD_NONE))
		return route_no_memory();
	if (word_owner(word) == OWNER_DIRECT && size != 0 && !route_is_too_large(size))
		return realloc_direct(block, word, size);
	usable = block_usable(block, word);
	return fast_may_stay(usable, size) ? block : usual_move(block, usable, size);
}

/* ---- questions ---- */

size_t usual_usable_size(const void *block)
{
	uint32_t word = block_word(block, "malloc_usable_size()");

	return likely(word != WORD_NONE) ? block_usable(block, word) : 0;
}

bool usual_owns(const void *block)
{
	return block_begins(block, registry_word(block)) || emergency_usable(block) != 0;
}

const struct backend backend_usual = {
	.alloc = route_alloc,
	.try_alloc = usual_try_alloc,
	.good_size = usual_good_size,
	.thread_heap = usual_thread_heap,
	.free = usual_free,
	.realloc = realloc_usual,
	.usable_size = usual_usable_size,
	.owns = usual_owns,
};
