/* SPDX-License-Identifier: MIT */
/*
 * heapless: the backends that give no thread a heap, so that every call misses the
 * fast paths and comes here: hardened mode, and libc's malloc.
 */
#include <string.h>

#include "api/backend.h"
#include "api/route.h"
#include "base/bits.h"
#include "base/lock.h"
#include "hardened/slots.h"
#include "next_malloc/next_malloc.h"

static struct heap *no_heap(void)
{
	return NULL;
}

/* Hardened blocks are as large as was asked; libc does not say in advance. */
static size_t exact_size(size_t size)
{
	return size <= PTRDIFF_MAX ? size : 0;
}

/* ---- hardened mode ---- */

/* What the thread has in store comes first. */
static void *alloc_hardened(size_t size, size_t alignment, bool *zeroed)
{
	void *block;

	if (unlikely(alignment != 1))
		return route_alloc(size, alignment, zeroed);
	block = slots_quick(size, zeroed);
	return likely(block != NULL) ? block : route_alloc(size, 1, zeroed);
}

static void free_hardened(void *block, uint32_t word)
{
	if (likely(hardened_is_slot(word) && critical_depth == 0))
		slots_free(block, word_bin(word));
	else if (lock_is_reentered())
		hardened_leave(block);
	else
		hardened_free(block);
}

static size_t usable_hardened(const void *block)
{
	size_t size;

	if (lock_is_reentered())
		return hardened_peek(block);
	return hardened_size(block, "malloc_usable_size()", &size) ? size : 0;
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

const struct backend backend_hardened = {
	.alloc = alloc_hardened,
	.try_alloc = hardened_alloc,
	.good_size = exact_size,
	.thread_heap = no_heap,
	.free = free_hardened,
	.realloc = realloc_hardened,
	.usable_size = usable_hardened,
	.owns = hardened_owns,
};

/* ---- libc's malloc ---- */

static bool owns_libc(const void *block)
{
	(void)block;
	return false;
}

const struct backend backend_libc = {
	.alloc = libc_alloc,
	.try_alloc = libc_alloc,
	.good_size = exact_size,
	.thread_heap = no_heap,
	.free = libc_free,
	.realloc = libc_resize,
	.usable_size = libc_usable_size,
	.owns = owns_libc,
};
