/* SPDX-License-Identifier: MIT */
#include "api/block.h"

#include "base/die.h"
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

static bool begins_in_slab(const void *block)
{
	const struct slab *slab = slab_around(block);

	return slab && slab_is_block(slab, block);
}

bool block_begins(const void *block, uint32_t word)
{
	if (word == WORD_NONE)
		return false;
	if (word_owner(word) == OWNER_DIRECT)
		return begins_direct(block, word);
	return begins_in_slab(block);
}

/* Does it wait in a FastCache of the calling thread? */
static bool is_cached_here(const void *block, uint32_t word)
{
	struct heap *mine = heap_mine();

	return mine && heap_has_cached(mine, word_bin(word), block);
}

static void describe_freed(struct message *m, const void *block, uint32_t word)
{
	message_text(m, "double free of ");
	message_hex(m, (uintptr_t)block);
	message_text(m, ", ");
	message_decimal(m, size_class_table[word_bin(word)].block);
	message_text(m, is_cached_here(block, word) ?
				"-byte block, freed before by this thread" :
				"-byte block, freed before");
}

static void describe_invalid(struct message *m, const void *block)
{
	message_text(m, "invalid pointer ");
	message_hex(m, (uintptr_t)block);
	message_text(m, ": not the start of a block of this allocator");
}

void block_invalid(const void *block, const char *call)
{
	int64_t policy = options_get(OPTION_BAD_FREE);
	uint32_t word = registry_word(block);
	struct message m;

	debug_ring_add(RING_BAD_FREE, (uintptr_t)block, 0);
	if (policy == BAD_FREE_IGNORE)
		return;
	message_start_line(&m);
	message_text(&m, call);
	message_text(&m, ": ");
	if (block_begins(block, word))
		describe_freed(&m, block, word);
	else
		describe_invalid(&m, block);
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
	block_invalid(block, call);
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
