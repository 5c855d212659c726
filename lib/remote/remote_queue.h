/* SPDX-License-Identifier: MIT */
/*
 * Remote Queue: how a block gets home when a thread frees what belongs to
 * another thread's heap.
 *
 * The freeing thread gathers blocks of one registry word (owner and bin) in a
 * slot of its outbox; a full slot leaves as one chain, with one atomic, for the
 * owner's inbox, which has one LIFO per bin.  The owner takes a whole LIFO with
 * one exchange.  Chains are linked through tiny_nextptr.
 *
 * Blocks in flight still count as used in their slab.
 */
#ifndef HAK_REMOTE_QUEUE_H
#define HAK_REMOTE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "nextptr/free_mark.h"
#include "nextptr/tiny_nextptr.h"
#include "registry/page_registry.h"
#include "size_class/size_class.h"

/* count blocks, head to tail; count 0: empty. */
struct chain {
	void *head;
	void *tail;
	uint32_t word;
	uint32_t count;
};

static inline struct chain chain_of_one(uint32_t word, void *block)
{
	tiny_next_store(block, NULL);
	return (struct chain){.head = block, .tail = block, .word = word, .count = 1};
}

#define OUTBOX_SLOTS 16u

/* Do the blocks of its chains have room for hints?  See tiny_next_walk(). */
static inline bool chain_is_hinted(unsigned bin)
{
	return size_class_table[bin].usable >= HINT_LEAST;
}

/*
 * A chain that grows: limit - room blocks of that word; it leaves when room is 0.
 *   0 < room < limit, or all of it is 0: no chain
 * It is in the order in which its blocks were freed; the link of its tail is open.
 */
struct outbox_slot {
	void *head;
	void *tail;
	void *lag; /* the next block to get a hint; NULL: they have no room for it */
	uint32_t word;
	uint16_t limit;
	uint16_t room;
};

/* The freeing thread's own; others look at word, limit and room, relaxed. */
struct outbox {
	struct outbox_slot slot[OUTBOX_SLOTS];
};

struct inbox {
	/*
	 * The LIFO of each bin: address of the head in the low 48 bits, number
	 * of blocks (saturating) above.  Anyone pushes by compare and swap
	 * (release); the holder of the heap's lock takes all by exchange
	 * (acquire).
	 */
	uint64_t head[BIN_COUNT];
};

/* Fibonacci hashing: neighbours in owner or bin fall into different slots. */
static inline unsigned outbox_number(uint32_t word)
{
	return (word / WORD_BIN_UNIT * 2654435769u) >> 28;
}
_Static_assert(OUTBOX_SLOTS == 1u << (32 - 28), "outbox_number() fits the outbox");

/*
 * Adds a block of the slot's word to a slot that is not empty.  What it writes to was freed
 * before: if the program had it back by a second free, that is seen first.
 */
static inline void outbox_push(struct outbox_slot *slot, void *block)
{
	unsigned count = slot->limit - (unsigned)slot->room;

	free_mark_check(slot->tail);
	tiny_next_store(slot->tail, block);
	slot->tail = block;
	if (count >= HINT_AHEAD && slot->lag) {
		free_mark_check(slot->lag);
		tiny_hint_store(slot->lag, block);
		slot->lag = tiny_next_load(slot->lag);
	}
	store_relaxed(&slot->room, (uint16_t)(slot->room - 1));
}

/* The slot to which a block of this word may be pushed without filling it, or NULL. */
static inline struct outbox_slot *outbox_open_slot(struct outbox *out, uint32_t word)
{
	struct outbox_slot *slot = &out->slot[outbox_number(word)];

	return slot->word == word && slot->room > 1 ? slot : NULL;
}

/*
 * Adds a block to the outbox.  When that completes a chain, or pushes out one
 * of another owner, *full is that chain to be posted; otherwise full->count is 0.
 */
HAK_HIDDEN void outbox_add(struct outbox *out, uint32_t word, void *block,
			   struct chain *full);

/* Takes the chain of slot 0..OUTBOX_SLOTS-1 out, perhaps empty. */
HAK_HIDDEN void outbox_take(struct outbox *out, unsigned slot, struct chain *chain);

/*
 * Posts a chain.  Returns how many blocks of that bin now wait there, at most
 * INBOX_COUNT_MAX.
 */
#define INBOX_COUNT_MAX 0xffffu
HAK_HIDDEN unsigned inbox_post(struct inbox *in, unsigned bin,
			       const struct chain *chain);

/*
 * Takes every block of a bin: a NULL-terminated chain without a tail, of at
 * least `count` blocks, of exactly so many below INBOX_COUNT_MAX.
 */
HAK_HIDDEN struct chain inbox_take(struct inbox *in, unsigned bin);

/* How many blocks the slot holds and of which word; a relaxed look. */
static inline unsigned outbox_count(const struct outbox *out, unsigned slot,
				    uint32_t *word)
{
	unsigned limit = load_relaxed(&out->slot[slot].limit);
	unsigned room = load_relaxed(&out->slot[slot].room);

	*word = load_relaxed(&out->slot[slot].word);
	return limit > room ? limit - room : 0;
}

/* How many blocks of a bin wait, at most INBOX_COUNT_MAX; a relaxed look. */
static inline unsigned inbox_count(const struct inbox *in, unsigned bin)
{
	return (unsigned)(load_relaxed(&in->head[bin]) >> 48);
}

#endif /* HAK_REMOTE_QUEUE_H */
