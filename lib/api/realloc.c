/* SPDX-License-Identifier: MIT */
/* realloc: in place where the block's box can, else by moving it. */
#include <errno.h>
#include <string.h>

#include "api/block.h"
#include "api/fast_path.h"
#include "api/route.h"
#include "base/bits.h"
#include "hardened/hardened.h"
#include "base/lock.h"
#include "huge/huge.h"
#include "large/large.h"
#include "libc/libc_malloc.h"

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

/* A block less than half full is worth a smaller one. */
static void *realloc_binned(void *block, size_t usable, size_t size)
{
	if (size <= usable && size >= usable / 2)
		return block;
	return move_block(block, usable, size);
}

static void *realloc_direct(void *block, uint32_t word, size_t size)
{
	void *fresh = resize_in_place(block, word, size);

	if (!fresh)
		fresh = move_block(block, block_usable(block, word), size);
	/* For want of memory all that was idle has been given back now. */
	return fresh ? fresh : resize_in_place(block, word, size);
}

/* A handler that may take no lock resizes nothing in place. */
static void *realloc_hardened(void *block, size_t size)
{
	bool locked_out = lock_is_reentered();
	size_t old = locked_out ? hardened_peek(block) : 0;
	void *fresh;

	if (!locked_out && !hardened_size(block, "realloc()", &old))
		return route_no_memory();
	if (size == 0) {
		route_free(block);
		return NULL;
	}
	if (route_is_too_large(size) || (locked_out && old == 0))
		return route_no_memory();
	if (!locked_out && hardened_resize(block, size))
		return block;
	fresh = route_malloc(size);
	if (!fresh)
		return NULL;
	memcpy(fresh, block, min_size(old, size));
	route_free(block);
	return fresh;
}

void *api_realloc(void *block, size_t size)
{
	uint32_t word;

	if (!block)
		return fast_malloc(size);
	if (unlikely(block_is_hardened(block)))
		return realloc_hardened(block, size);
	word = block_word(block, "realloc()");
	if (unlikely(word == WORD_NONE))
		return libc_serves() ? libc_resize(block, size) : route_no_memory();
	if (size == 0) {
		fast_free(block);
		return NULL;
	}
	if (route_is_too_large(size))
		return route_no_memory();
	if (word_owner(word) == OWNER_DIRECT)
		return realloc_direct(block, word, size);
	return realloc_binned(block, block_usable(block, word), size);
}
