/* SPDX-License-Identifier: MIT */
#include "api/route.h"

#include <errno.h>
#include <string.h>

#include "api/block.h"
#include "api/fast_path.h"
#include "base/bits.h"
#include "base/die.h"
#include "base/lock.h"
#include "emergency/emergency.h"
#include "hardened/hardened.h"
#include "hardened/slots.h"
#include "heap/p0.h"
#include "huge/huge.h"
#include "large/large.h"
#include "libc/libc_malloc.h"
#include "nextptr/tiny_nextptr.h"
#include "options/options.h"
#include "os/hak_os_map_boundary.h"
#include "prewarm/bg_purge.h"
#include "prewarm/prewarm.h"
#include "prewarm/purge.h"
#include "retention/retention.h"

void *route_no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

static HAK_COLD bool decide_hardened(void)
{
	if (!hardened_decide(heap_load_options))
		return false;
	heap_register_fork(); /* no heap will be born that would */
	return true;
}

/* Does the hardened box serve what is about to be allocated? */
static bool is_hardened(void)
{
	uint32_t mode = load_acquire(&hardened_mode);

	if (likely(mode == HARDENED_OFF))
		return false;
	return mode == HARDENED_ON || decide_hardened();
}

/* The calling thread's heap, made if need be; NULL: none can be had. */
static struct heap *thread_heap(void)
{
	struct heap_front *front = heap_self;
	struct heap *heap;

	if (likely(heap_is_real(front)))
		return heap_of(front);
	if (front != &heap_none)
		return NULL;
	heap = heap_birth();
	if (heap)
		prewarm_thread(heap);
	return heap;
}

void route_start_thread(void)
{
	if (!is_hardened())
		thread_heap();
}

static void *alloc_from(struct heap *heap, unsigned bin, bool *zeroed)
{
	void *block = p0_alloc(heap, bin, zeroed);

	if (block)
		free_mark_clear(block);
	return block;
}

static void *alloc_cached(unsigned bin, bool *zeroed)
{
	struct heap *heap = thread_heap();
	void *block;

	if (likely(heap != NULL))
		return alloc_from(heap, bin, zeroed);
	/* After the heap's death, where it is hidden, or no memory for a heap. */
	heap = heap_borrow();
	if (!heap)
		return NULL;
	block = alloc_from(heap, bin, zeroed);
	heap_return(heap);
	return block;
}

/* *zeroed, here and below: zeros are wanted; afterwards: the block reads as zero. */
static void *try_alloc(size_t size, size_t alignment, bool *zeroed)
{
	unsigned bin = size_class_aligned_bin(size, alignment);

	if (bin < BIN_COUNT)
		return alloc_cached(bin, zeroed);
	if (size <= LARGE_MAX && alignment <= LARGE_MAX)
		return large_alloc(size, alignment, zeroed);
	return huge_alloc(size, alignment, zeroed);
}

/* NULL too for a process that libc serves. */
static void *try_boxes(size_t size, size_t alignment, bool *zeroed)
{
	if (unlikely(is_hardened()))
		return hardened_alloc(size, alignment, zeroed);
	return libc_serves() ? NULL : try_alloc(size, alignment, zeroed);
}

/* The heap of a thread that has one. */
static struct heap *own_heap(void)
{
	return heap_is_real(heap_self) ? heap_of(heap_self) : NULL;
}

/* What signal handlers could not free.  Not in a thread that may take no lock. */
static void free_left(void)
{
	void *block, *next;

	if (likely(!emergency_has_left()))
		return;
	for (block = emergency_take_left(); block; block = next) {
		next = tiny_next_load(block);
		route_free(block);
	}
}

static HAK_COLD void *alloc_locked_out(size_t size, size_t alignment, bool *zeroed)
{
	void *block = emergency_alloc(size, alignment);

	*zeroed = true;
	return block ? block : route_no_memory();
}

/* There is no block for now: libc may have one, or memory that lies idle. */
static HAK_COLD void *alloc_otherwise(size_t size, size_t alignment, bool *zeroed)
{
	void *block;

	if (libc_serves()) {
		*zeroed = false;
		return libc_alloc(size, alignment);
	}
	purge_for_memory(own_heap());
	block = try_boxes(size, alignment, zeroed);
	return block ? block : route_no_memory();
}

static void *alloc(size_t size, size_t alignment, bool *zeroed)
{
	size_t excess;
	void *block;

	if (route_is_too_large(size))
		return route_no_memory();
	if (unlikely(lock_is_reentered()))
		return alloc_locked_out(size, alignment, zeroed);
	free_left();
	excess = retention_excess();
	if (unlikely(excess != 0))
		purge_excess(excess);
	block = try_boxes(size, alignment, zeroed);
	if (own_heap()) /* in a handler that interrupted malloc() no thread is started */
		bg_purge_poll();
	return likely(block != NULL) ? block :
				       alloc_otherwise(size, alignment, zeroed);
}

/* What a thread in hardened mode has in store, or NULL. */
static inline void *alloc_hardened(size_t size, bool *zeroed)
{
	if (likely(load_acquire(&hardened_mode) != HARDENED_ON))
		return NULL;
	return slots_quick(size, zeroed);
}

void *route_malloc(size_t size)
{
	bool zeroed = false;
	void *block = alloc_hardened(size, &zeroed);

	return block ? block : alloc(size, 1, &zeroed);
}

void *route_calloc(size_t bytes)
{
	bool zeroed = true;
	void *block;

	if (libc_serves())
		return libc_alloc_zeroed(bytes);
	block = alloc_hardened(bytes, &zeroed);
	if (!block)
		block = alloc(bytes, 1, &zeroed);
	if (block && !zeroed)
		memset(block, 0, bytes);
	return block;
}

void *api_aligned_alloc(size_t alignment, size_t size)
{
	bool zeroed = false;
	void *block;

	if (alignment <= TINY_STEP) /* every block of every bin is aligned so */
		return fast_malloc(size);
	if (alignment > HUGE_ALIGN_MAX)
		return route_no_memory();
	block = fast_pop_aligned(alignment, size);
	return likely(block != NULL) ? block : alloc(size, alignment, &zeroed);
}

int api_posix_memalign(void **out, size_t alignment, size_t size)
{
	int saved = errno;
	void *block;

	if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
		return EINVAL;
	block = api_aligned_alloc(alignment, size);
	errno = saved;
	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

/* A block of another heap's slab. */
static void free_foreign(uint32_t word, void *block)
{
	struct heap *heap = thread_heap();

	if (likely(heap != NULL))
		heap_free_remote(heap, word, block);
	else
		heap_post(&(struct chain){.head = block, .tail = block,
					  .word = word, .count = 1});
}

static void free_binned(uint32_t word, void *block)
{
	struct heap *own = own_heap();
	unsigned bin = word_bin(word);

	if (unlikely(!header_intact(block, bin)))
		die_at("free(): the byte before a block was overwritten:",
		       (uintptr_t)block);
	free_mark_set(block);
	if (unlikely(lock_is_reentered()))
		heap_post_stray(word, block);
	else if (own && word_owner(word) == own->owner)
		p0_free(own, bin, block);
	else
		free_foreign(word, block);
}

/* A block without a bin; free() keeps errno, whatever the system says. */
static void free_direct(uint32_t word, void *block)
{
	int saved = errno;

	if (word == WORD_LARGE)
		large_free(block);
	else
		huge_free(block);
	errno = saved;
}

/* A Large or Huge block, or one that a locked out handler got. */
static void free_unbinned(uint32_t word, void *block)
{
	if (word == WORD_EMERGENCY)
		emergency_free(block);
	else if (lock_is_reentered())
		emergency_leave(block);
	else
		free_direct(word, block);
}

/* HAKMEM_ZERO_ON_FREE=1.  Large and Huge blocks are whole pages. */
static HAK_COLD void wipe(void *block, uint32_t word)
{
	size_t usable = block_usable(block, word);

	if (word_owner(word) != OWNER_DIRECT || lock_is_reentered() ||
	    !os_purge(block, usable))
		memset(block, 0, usable);
}

static void free_hardened(void *block)
{
	if (unlikely(lock_is_reentered()))
		hardened_leave(block);
	else
		hardened_free(block);
}

/*
 * A block of a heap for which a chain is gathering.  That says that the word
 * is a heap's; the rest is looked at as closely as fast_push() does.
 */
static bool push_to_outbox(struct heap_front *front, uint32_t word, void *block)
{
	size_t row = word & WORD_BIN_MASK;
	struct chain *chain;

	if (row >= ALL_ROWS || !heap_is_real(front))
		return false;
	chain = outbox_open_chain(&heap_of(front)->outbox, word);
	if (!chain || fast_misplaced(front, row, block) ||
	    free_mark_is_set(block) || !header_intact(block, word_bin(word)) ||
	    options_get(OPTION_ZERO_ON_FREE) == ZERO_YES)
		return false;
	free_mark_set(block);
	chain_push(chain, block);
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
static HAK_NOINLINE void free_slowly(void *block)
{
	uint32_t word;

	if (!block)
		return;
	if (unlikely(block_is_hardened(block))) {
		free_hardened(block);
		return;
	}
	word = block_word(block, "free()");
	if (unlikely(word == WORD_NONE)) {
		if (registry_word(block) == WORD_NONE && libc_serves())
			libc_free(block);
		return;
	}
	if (unlikely(options_get(OPTION_ZERO_ON_FREE) == ZERO_YES))
		wipe(block, word);
	if (word_owner(word) == OWNER_DIRECT)
		free_unbinned(word, block);
	else
		free_binned(word, block);
}

/* A plain block of mine outside of the Window. */
static bool free_far(uint32_t word, void *block)
{
	struct heap_front *front = heap_self;
	size_t row = word ^ front->owner_word;

	return registry_window_index(block) >= WINDOW_GRANULES && row < ALL_ROWS &&
	       fast_push(front, row, block);
}

void route_free(void *block)
{
	uint32_t word = registry_word(block);

	if (free_far(word, block) || free_to_outbox(word, block))
		return;
	if (hardened_is_slot(word) && lock_hands == 0) /* see slots_free() */
		slots_free(block, word_bin(word));
	else
		free_slowly(block);
}

void route_check_size(const void *block, size_t alignment, size_t size)
{
	if (block && block_is_hardened(block) && !lock_is_reentered())
		hardened_check_size(block, alignment, size);
}

size_t route_usable_size(const void *block)
{
	uint32_t word;
	size_t size;

	if (!block)
		return 0;
	if (unlikely(block_is_hardened(block))) {
		if (lock_is_reentered())
			return hardened_peek(block);
		return hardened_size(block, "malloc_usable_size()", &size) ? size : 0;
	}
	word = block_word(block, "malloc_usable_size()");
	if (likely(word != WORD_NONE))
		return block_usable(block, word);
	return libc_serves() ? libc_usable_size(block) : 0;
}

int api_owns(const void *block)
{
	if (unlikely(block_is_hardened(block)))
		return hardened_owns(block);
	return block_begins(block, registry_word(block)) ||
	       emergency_usable(block) != 0;
}

size_t api_good_size(size_t size)
{
	unsigned bin = size_class_bin(size);

	if (is_hardened() || libc_serves()) /* libc does not say in advance */
		return size <= PTRDIFF_MAX ? size : 0;
	if (bin < BIN_COUNT)
		return size_class_table[bin].usable;
	return size <= LARGE_MAX ? large_round(size) : huge_round(size);
}

size_t api_purge(void)
{
	return lock_is_reentered() ? 0 : purge_everything(own_heap());
}

size_t api_prewarm(size_t size, size_t count)
{
	unsigned bin = size_class_bin(size);
	struct heap *heap;

	if (bin >= BIN_COUNT || lock_is_reentered() || is_hardened())
		return 0;
	heap = thread_heap();
	if (!heap)
		return 0;
	return p0_prewarm(heap, bin, (unsigned)min_size(count, P0_BATCH_MAX));
}
