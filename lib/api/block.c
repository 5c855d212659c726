/* SPDX-License-Identifier: MIT */
#include "api/block.h"

#include "base/die.h"
#include "debug_ring/debug_ring.h"
#include "huge/huge.h"
#include "large/large.h"
#include "libc/libc_malloc.h"
#include "options/options.h"
#include "registry/page_registry.h"

/* Large and Huge blocks begin where their granule does. */
static bool is_granule(const void *block)
{
	return ((uintptr_t)block & (GRANULE_SIZE - 1)) == 0;
}

/*
 * A wild address may lie in a slab that another thread gives back right now, so
 * nothing is taken for granted here.
 */
static bool begins_in_slab(const void *block)
{
	const struct superslab *ss = registry_unit(block);
	const struct slab *slab;
	size_t granule;

	if (!ss)
		return false;
	granule = (size_t)((const char *)block - ss->base) >> GRANULE_SHIFT;
	if (granule >= ss->granules)
		return false;
	slab = &ss->slab[ss->head[granule]];
	return slab->bin < BIN_COUNT && slab_is_block(slab, block);
}

bool block_begins(const void *block, uint32_t word)
{
	if (word == WORD_NONE)
		return false;
	if (word_owner(word) == OWNER_DIRECT)
		return is_granule(block);
	return begins_in_slab(block);
}

void block_invalid(const void *block, const char *call)
{
	int64_t policy = options_get(OPTION_BAD_FREE);
	struct message m;

	debug_ring_add(RING_BAD_FREE, (uintptr_t)block, 0);
	if (policy == BAD_FREE_IGNORE)
		return;
	message_start(&m);
	message_text(&m, "hakmem: ");
	message_text(&m, call);
	message_text(&m, ": invalid pointer ");
	message_hex(&m, (uintptr_t)block);
	message_text(&m, ": not the start of a block of this allocator");
	if (policy == BAD_FREE_ABORT)
		die_message(&m);
	message_send(&m);
}

uint32_t block_word(const void *block, const char *call)
{
	uint32_t word = registry_word(block);

	if (likely(block_begins(block, word)))
		return word;
	if (!libc_serves())
		block_invalid(block, call);
	return WORD_NONE;
}

size_t block_usable(const void *block, uint32_t word)
{
	if (word == WORD_LARGE)
		return large_usable(block);
	if (word == WORD_HUGE)
		return huge_usable(block);
	return size_class_table[word_bin(word)].usable;
}
