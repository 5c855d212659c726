/* SPDX-License-Identifier: MIT */
#include "remote/remote_queue.h"

#define ADDRESS_MASK (((uint64_t)1 << 48) - 1)

/* A chain leaves at this many blocks or bytes, whichever comes first. */
#define CHAIN_BLOCKS 64u
#define CHAIN_BYTES 8192u

static unsigned chain_limit(unsigned bin)
{
	unsigned blocks = CHAIN_BYTES / size_class_table[bin].block;

	if (blocks < 1)
		return 1;
	return blocks < CHAIN_BLOCKS ? blocks : CHAIN_BLOCKS;
}

void outbox_take(struct outbox *out, unsigned slot, struct chain *chain)
{
	*chain = out->slot[slot];
	store_relaxed(&out->slot[slot].count, 0u);
}

static void begin(struct chain *chain, uint32_t word, void *block)
{
	tiny_next_store(block, NULL);
	chain->head = block;
	chain->tail = block;
	store_relaxed(&chain->word, word);
	store_relaxed(&chain->count, 1u);
}

void outbox_add(struct outbox *out, uint32_t word, void *block,
		struct chain *full)
{
	unsigned number = outbox_slot(word);
	struct chain *slot = &out->slot[number];

	full->count = 0;
	if (likely(slot->count != 0 && slot->word == word)) {
		chain_push(slot, block);
	} else {
		outbox_take(out, number, full);
		begin(slot, word, block);
		out->limit[number] = chain_limit(word_bin(word));
	}
	if (slot->count >= out->limit[number] && full->count == 0)
		outbox_take(out, number, full);
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
