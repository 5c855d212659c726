/* SPDX-License-Identifier: MIT */
#include "remote/remote_queue.h"

#define ADDRESS_MASK (((uint64_t)1 << 48) - 1)

/* A chain leaves at this many blocks or bytes, whichever comes first. */
#define CHAIN_BLOCKS 64u
#define CHAIN_BYTES 8192u

static unsigned chain_limit(unsigned bin)
{
	unsigned blocks = CHAIN_BYTES / size_class_table[bin].block;

	return blocks < CHAIN_BLOCKS ? blocks : CHAIN_BLOCKS;
}

static void set(struct outbox_slot *slot, uint32_t word, unsigned limit, unsigned room)
{
	store_relaxed(&slot->word, word);
	store_relaxed(&slot->limit, (uint16_t)limit);
	store_relaxed(&slot->room, (uint16_t)room);
}

void outbox_take(struct outbox *out, unsigned number, struct chain *chain)
{
	struct outbox_slot *slot = &out->slot[number];

	*chain = (struct chain){.head = slot->head,
				.tail = slot->tail,
				.word = slot->word,
				.count = (uint32_t)(slot->limit - slot->room)};
	if (chain->count != 0) {
		free_mark_check(chain->tail);
		tiny_next_store(chain->tail, NULL);
	}
	set(slot, WORD_NONE, 0, 0);
}

static void begin(struct outbox_slot *slot, uint32_t word, unsigned limit, void *block)
{
	slot->head = block;
	slot->tail = block;
	slot->lag = chain_is_hinted(word_bin(word)) ? block : NULL;
	set(slot, word, limit, limit - 1);
}

void outbox_add(struct outbox *out, uint32_t word, void *block,
		struct chain *full)
{
	unsigned number = outbox_number(word), limit;
	struct outbox_slot *slot = &out->slot[number];

	full->count = 0;
	if (likely(slot->word == word)) {
		outbox_push(slot, block);
		if (slot->room == 0)
			outbox_take(out, number, full);
		return;
	}
	limit = chain_limit(word_bin(word));
	if (limit < 2) {
		*full = chain_of_one(word, block);
		return;
	}
	outbox_take(out, number, full);
	begin(slot, word, limit, block);
}

static uint64_t pack(const void *head, unsigned count)
{
	uint64_t blocks = count < INBOX_COUNT_MAX ? count : INBOX_COUNT_MAX;

	return (uint64_t)(uintptr_t)head | blocks << 48;
}

unsigned inbox_post(struct inbox *in, unsigned bin, const struct chain *chain)
{
	uint64_t old = load_relaxed(&in->head[bin]);
	unsigned count;

	do {
		tiny_next_store(chain->tail,
				(void *)(uintptr_t)(old & ADDRESS_MASK));
		count = (unsigned)(old >> 48) + chain->count;
	} while (!cas_release(&in->head[bin], &old, pack(chain->head, count)));
	return count < INBOX_COUNT_MAX ? count : INBOX_COUNT_MAX;
}

struct chain inbox_take(struct inbox *in, unsigned bin)
{
	struct chain chain = {.count = 0};
	uint64_t all;

	if (load_relaxed(&in->head[bin]) == 0)
		return chain;
	all = swap_acquire(&in->head[bin], (uint64_t)0);
	chain.head = (void *)(uintptr_t)(all & ADDRESS_MASK);
	chain.count = (uint32_t)(all >> 48);
	return chain;
}
