/* SPDX-License-Identifier: MIT */
/* realloc: in place where the block's box can, else by moving it. */
#include <errno.h>
#include <string.h>

#include "api/block.h"
#include "api/fast_path.h"
#include "api/route.h"
#include "base/bits.h"
#include "hardened/hardened.h"
#include "heap/handler.h"
#include "huge/huge.h"
#include "large/large.h"
#include "libc/libc_malloc.h"

/* Resizes without moving bytes; NULL when that cannot be. */
static void *resize_in_place(void *block, uint32_t word, size_t size)
{
	size_t usable;

	if (word_owner(word) == OWNER_DIRECT &&
	    (word == WORD_EMERGENCY || handler_is_locked_out()))
		return NULL;
	if (word == WORD_HUGE)
		return size > LARGE_MAX ? huge_resize(block, size) : NULL;
	if (word == WORD_LARGE)
		return size > CACHED_MAX && large_resize(block, size) ? block : NULL;
	usable = size_class_table[word_bin(word)].usable;
	/* A block less than half full is worth a smaller one. */
	return size <= usable && size >= usable / 2 ? block : NULL;
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
	    size <= LARGE_MAX && !handler_is_locked_out())
		roomy = large_alloc_roomy(min_size(size + size / 2, LARGE_MAX));
	return roomy ? roomy : fast_malloc(size);
}

static void *move_block(void *block, uint32_t word, size_t size)
{
	int saved = errno;
	size_t usable = block_usable(block, word);
	void *fresh = alloc_to_move(usable, size);

	if (!fresh && size <= usable) { /* as well off as before */
		errno = saved;
		return block;
	}
	if (!fresh) /* but all that was idle is given back now */
		return resize_in_place(block, word, size);
	memcpy(fresh, block, min_size(usable, size));
	fast_free(block);
	return fresh;
}

/* A handler that may take no lock resizes nothing in place. */
static void *realloc_hardened(void *block, size_t size)
{
	bool locked_out = handler_is_locked_out();
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
	void *same;

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
	same = resize_in_place(block, word, size);
	return same ? same : move_block(block, word, size);
}
