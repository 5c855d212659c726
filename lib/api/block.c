/* SPDX-License-Identifier: MIT */
#include "api/block.h"

#include "base/die.h"
#include "base/probe.h"
#include "debug_ring/debug_ring.h"
#include "emergency/emergency.h"
#include "heap/heap.h"
#include "huge/huge.h"
#include "large/large.h"
#include "nextptr/free_mark.h"
#include "options/options.h"
#include "registry/page_registry.h"

/* A Large block begins where its granule does, a Huge one at any page. */
static bool begins_direct(const void *block, uint32_t word)
{
	if (word == WORD_HUGE)
		return huge_begins(block);
	return ((uintptr_t)block & (GRANULE_SIZE - 1)) == 0;
}

/*
 * The slab that an address lies in, or NULL.  A wild one may lie in a slab that
 * another thread gives back right now, so nothing is taken for granted here.
 */
static const struct slab *slab_around(const void *address)
{
	const struct superslab *ss = registry_unit(address);
	const struct slab *slab;
	size_t granule;

	if (!ss)
		return NULL;
	granule = (size_t)((const char *)address - ss->base) >> GRANULE_SHIFT;
	if (granule >= ss->granules)
		return NULL;
	slab = &ss->slab[ss->head[granule]];
	return slab->bin < BIN_COUNT ? slab : NULL;
}

bool block_begins(const void *block, uint32_t word)
{
	const struct slab *slab;

	if (word == WORD_NONE)
		return false;
	if (word_owner(word) == OWNER_DIRECT)
		return begins_direct(block, word);
	slab = slab_around(block);
	return slab && slab_is_block(slab, block);
}

/* Does it wait in a FastCache of the calling thread? */
static bool is_cached_here(const void *block, uint32_t word)
{
	struct heap *mine = heap_mine();

	return mine && heap_has_cached(mine, word_bin(word), block);
}

static HAK_COLD void complain(const void *block, const char *call)
{
	int64_t policy = options_get(OPTION_BAD_FREE);
	uint32_t word = registry_word(block);
	bool is_freed = block_begins(block, word);
	const char *kind = is_freed ? "double free of " : "invalid pointer ";
	struct message m;

	HAK_PROBE(hakmem, bad_free, block, kind);
	debug_ring_add(RING_BAD_FREE, (uintptr_t)block, 0);
	if (policy == BAD_FREE_IGNORE)
		return;
	message_start_line(&m);
	if (is_freed)
		message_add(&m, "%s: %s0x%lx, %u-byte block, freed before%s", call, kind,
			    (uintptr_t)block, size_class_table[word_bin(word)].block,
			    is_cached_here(block, word) ? " by this thread" : "");
	else
		message_add(&m, "%s: %s0x%lx: not the start of a block of this allocator",
			    call, kind, (uintptr_t)block);
	if (policy == BAD_FREE_ABORT)
		die_message(&m);
	message_send(&m);
}

bool block_is_live(const void *block, uint32_t word)
{
	return block_begins(block, word) &&
	       (word_owner(word) == OWNER_DIRECT || !free_mark_is_set(block));
}

uint32_t block_word(const void *block, const char *call)
{
	uint32_t word = registry_word(block);

	if (likely(block_is_live(block, word)))
		return word;
	if (emergency_usable(block) != 0)
		return WORD_EMERGENCY;
	complain(block, call);
	return WORD_NONE;
}

size_t block_usable(const void *block, uint32_t word)
{
	if (word == WORD_LARGE)
		return large_usable(block);
	if (word == WORD_HUGE)
		return huge_usable(block);
	if (word == WORD_EMERGENCY)
		return emergency_usable(block);
	return size_class_table[word_bin(word)].usable;
}
