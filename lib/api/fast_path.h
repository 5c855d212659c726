/* SPDX-License-Identifier: MIT */
/*
 * The two paths that matter.  No atomics, no locks, no calls, no statistics, no
 * option tests: everything unusual looks like a miss.
 *
 *   malloc(size)
 *     fast_malloc        size -> bin, pop the FastCache
 *       route_malloc     profiles (profiled.c), backend (route.c); below: usual.c
 *         p0_alloc       one batch for the FastCache (heap/p0.c)
 *           bin_take     free blocks, carving (heap/bin.c, superslab/)
 *           inbox_take   what others freed for us (remote/)
 *           heap_adopt   slabs of dead threads (heap/adopt.c)
 *           arena_take   new slab (arena/); chunk_map grows the Arena -> os_map
 *         large_alloc    a run of granules (large/) -> arena_take
 *         huge_alloc     a mapping of its own (huge/) -> os_map
 *
 *   free(block)
 *     fast_free          registry word, is it mine?, push the FastCache
 *       route_free       profiles, backend by registry word; below: usual.c
 *         p0_free        the FastCache is full: half of it to slabs -> arena_give
 *         heap_free_remote   another thread's: outbox -> inbox_post (remote/)
 *         large_free     -> arena_give -> huge_purge_excess, beyond the bound (retention/)
 *         huge_free      cache of mappings -> os_unmap
 */
#ifndef HAK_FAST_PATH_H
#define HAK_FAST_PATH_H

#include <errno.h>
#include <string.h>

#include "api/backend.h"
#include "api/route.h"
#include "base/attributes.h"
#include "base/bits.h"
#include "hardened/hardened.h"
#include "heap/heap.h"
#include "nextptr/free_mark.h"
#include "registry/page_registry.h"
#include "size_class/header.h"

/* Bytes from the first FastCache to the one behind the last. */
#define ALL_ROWS (BIN_COUNT * WORD_BIN_UNIT)

static HAK_ALWAYS_INLINE void *fast_pop_row(struct heap_front *front, size_t row)
{
	void *block = heap_pop(front, row);

	if (likely(block != NULL))
		free_mark_clear(block);
	return block;
}

/* Where in the FastCaches the size's bin is.  pre: size <= CACHED_MAX */
static HAK_ALWAYS_INLINE size_t fast_row(const struct heap_front *front, size_t size)
{
	return likely(size <= TINY_MAX) ?
		       front->map.tiny[(size + TINY_STEP - 1) / TINY_STEP] :
		       front->map.mid[(size + MID_STEP - 1) / MID_STEP];
}

/*
 * A block from the FastCache of the size's bin, or NULL.  Two branches, that a small
 * size is compared once.
 */
static HAK_ALWAYS_INLINE void *fast_pop(size_t size)
{
	struct heap_front *front = heap_self;

	if (likely(size <= TINY_MAX))
		return fast_pop_row(front, fast_row(front, size));
	if (size <= CACHED_MAX)
		return fast_pop_row(front, fast_row(front, size));
	return NULL;
}

static HAK_ALWAYS_INLINE void *fast_malloc(size_t size)
{
	void *block = fast_pop(size);

	if (unlikely(block == NULL))
		return route_malloc(size);
	HAK_RESULT(block);
	return block;
}

/*
 * A block from a FastCache all of whose blocks are aligned so, or NULL.  The bin
 * of the next multiple of the alignment nearly always is one.
 * alignment: a power of two.
 */
static HAK_ALWAYS_INLINE void *fast_pop_aligned(size_t alignment, size_t size)
{
	struct heap_front *front = heap_self;
	size_t row, last = (size - (size != 0)) | (alignment - 1);

	if (unlikely(last >= CACHED_MAX))
		return NULL;
	row = fast_row(front, last + 1);
	if (unlikely(heap_row(front, row)->misalign_mask < alignment - 1))
		return NULL;
	return fast_pop_row(front, row);
}

/* alignment: a power of two; above HUGE_ALIGN_MAX: ENOMEM. */
static inline void *fast_aligned_alloc(size_t alignment, size_t size)
{
	void *block = fast_pop_aligned(alignment, size);

	return likely(block != NULL) ? block : route_aligned_alloc(alignment, size);
}

/* 0, EINVAL or ENOMEM; keeps errno. */
static inline int fast_posix_memalign(void **out, size_t alignment, size_t size)
{
	void *block;

	if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
		return EINVAL;
	block = fast_pop_aligned(alignment, size);
	if (unlikely(!block))
		return route_posix_memalign(out, alignment, size);
	*out = block;
	return 0;
}

static HAK_ALWAYS_INLINE void *fast_calloc(size_t count, size_t size)
{
	size_t bytes;
	void *block;

	if (unlikely(__builtin_mul_overflow(count, size, &bytes)))
		return route_no_memory();
	block = fast_pop(bytes);
	if (unlikely(block == NULL))
		return route_calloc(bytes);
	return memset(block, 0, bytes);
}

/* Can no block of this row begin there? */
static HAK_ALWAYS_INLINE bool fast_misplaced(struct heap_front *front, size_t row,
					     const void *block)
{
	return FREE_CHECKS && ((uint32_t)(uintptr_t)block &
			       heap_row(front, row)->misalign_mask) != 0;
}

/* False when route_free() is to look at it. */
static HAK_ALWAYS_INLINE bool fast_push(struct heap_front *front, size_t row,
					void *block)
{
	void **top;

	if (unlikely(fast_misplaced(front, row, block)))
		return false;
	top = heap_row(front, row)->top;
	if (unlikely(free_mark_is_set(block) ||
		     heap_is_full(heap_row(front, row)->limit, top) ||
		     !header_intact(block, (unsigned)row / WORD_BIN_UNIT)))
		return false;
	free_mark_set(block);
	heap_push(front, row, top, block);
	return true;
}

/* The same by registry word; false too if the block is not of this heap. */
static HAK_ALWAYS_INLINE bool fast_push_own(struct heap_front *front, uint32_t word,
					    void *block)
{
	size_t row = word ^ load_folded(&front->owner_word);

	return likely(row < ALL_ROWS) && fast_push(front, row, block);
}

/*
 * Frees a block of this thread in the first `granules` granules of the Window, or
 * returns false.
 */
static HAK_ALWAYS_INLINE bool fast_try_free(void *block, size_t granules)
{
	size_t granule = registry_window_index(block);

	return likely(granule < granules) &&
	       fast_push_own(heap_self, load_relaxed(&registry_window.word[granule]),
			     block);
}

static HAK_ALWAYS_INLINE void fast_free(void *block)
{
	if (unlikely(!fast_try_free(block, WINDOW_GRANULES)))
		route_free(block);
}

/* The row of an address in a slab of any heap, or NO_ROW: look at it exactly. */
#define NO_ROW SIZE_MAX
static HAK_ALWAYS_INLINE size_t fast_block_row(const struct registry_window *window,
					       const void *block)
{
	size_t granule = registry_window_index(block);
	uint32_t word;

	if (unlikely(!FREE_CHECKS || granule >= WINDOW_GRANULES))
		return NO_ROW;
	word = load_relaxed(&window->word[granule]);
	if (unlikely(word < word_of(OWNER_FIRST_HEAP, 0)))
		return NO_ROW;
	return word & WORD_BIN_MASK;
}

/* Of a block of any heap, with the checks of fast_free(). */
static HAK_ALWAYS_INLINE size_t fast_usable_size(const void *block)
{
	const struct registry_window *window = registry_window_base();
	size_t row = fast_block_row(window, block);

	if (unlikely(row == NO_ROW ||
		     ((uint32_t)(uintptr_t)block &
		      registry_row(window, row)->misalign_mask) != 0 ||
		     free_mark_is_set(block)))
		return route_usable_size(block);
	HAK_FOLD(window);
	return registry_row(window, row)->usable;
}

/* A block less than half full is worth a smaller one. */
static HAK_ALWAYS_INLINE bool fast_may_stay(size_t usable, size_t size)
{
	return size <= usable && size >= usable / 2;
}

/* The same, for a block that stays or is small.  glibc's rules for NULL and 0. */
static HAK_ALWAYS_INLINE void *fast_realloc(void *block, size_t size)
{
	const struct registry_window *window;
	size_t row, usable;

	if (!block)
		return fast_malloc(size);
	window = registry_window_base();
	row = fast_block_row(window, block);
	if (unlikely(row == NO_ROW || !registry_row_fits(window, row, block) ||
		     free_mark_is_set(block)))
		return route_realloc(block, size);
	usable = registry_row(window, row)->usable;
	if (likely(fast_may_stay(usable, size)))
		return block;
	return registry_row(window, row)->exact ? usual_move(block, usable, size) :
						  route_realloc(block, size);
}

/*
 * Of a block that fast_try_free() did not take: does its free say truly what it frees?
 * That is looked at in hardened mode, where the fast path takes none.
 */
static HAK_ALWAYS_INLINE void fast_check_size(const void *block, size_t alignment,
					      size_t size)
{
	if (unlikely(load_relaxed(&hardened_mode) == HARDENED_ON))
		route_check_size(block, alignment, size);
}

static HAK_ALWAYS_INLINE void fast_free_sized(void *block, size_t alignment,
					      size_t size)
{
	if (likely(fast_try_free(block, WINDOW_GRANULES)))
		return;
	fast_check_size(block, alignment, size);
	route_free(block);
}

#endif /* HAK_FAST_PATH_H */
