/* SPDX-License-Identifier: MIT */
/* heap: both ends of the Remote Queue. */
#include "base/die.h"
#include "debug_ring/debug_ring.h"
#include "heap/heap.h"
#include "nextptr/free_mark.h"

/* Blocks put back under one hold of a foreign heap's lock. */
#define COLLECT_STEP 256u

static void put_chain(struct heap *heap, unsigned bin, void **chain,
		      unsigned most)
{
	counters_add(&heap->counters, COUNTER_drained,
		     bin_put_chain(heap, bin, chain, most));
}

void heap_drain(struct heap *heap)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		struct chain chain;

		if (inbox_count(&heap->inbox, bin) == 0)
			continue;
		chain = inbox_take(&heap->inbox, bin);
		counters_add(&heap->counters, COUNTER_drains, 1);
		debug_ring_add(RING_DRAIN, bin, chain.count);
		put_chain(heap, bin, &chain.head, UINT32_MAX);
	}
}

/*
 * Does for a heap what its thread does not: it has none, or that thread has
 * not come by for 65535 blocks.  In short steps, so that the owner never waits
 * long for its lock.
 */
static void collect(struct heap *owner, unsigned bin)
{
	struct chain chain;

	if (!lock_try(&owner->lock))
		return;
	chain = inbox_take(&owner->inbox, bin);
	put_chain(owner, bin, &chain.head, COLLECT_STEP);
	heap_unlock(owner);
	while (chain.head) {
		lock_take(&owner->lock);
		put_chain(owner, bin, &chain.head, COLLECT_STEP);
		heap_unlock(owner);
	}
}

/* Returns the heap posted to and how many blocks now wait there. */
static struct heap *post_to_owner(const struct chain *chain, unsigned *waiting)
{
	struct heap *owner = load_acquire(&slab_of(chain->head)->owner);

	*waiting = inbox_post(&owner->inbox, word_bin(chain->word), chain);
	return owner;
}

/* Takes no lock: may be called with heap locks held. */
void heap_post_stray(uint32_t word, void *block)
{
	struct chain chain = chain_of_one(word, block);
	unsigned waiting;

	free_mark_set(block);
	post_to_owner(&chain, &waiting);
}

void heap_post(const struct chain *chain)
{
	unsigned waiting;
	struct heap *owner = post_to_owner(chain, &waiting);

	if (unlikely(waiting == INBOX_COUNT_MAX || !heap_is_alive(owner)))
		collect(owner, word_bin(chain->word));
}

void heap_post_all(struct heap *heap)
{
	for (unsigned slot = 0; slot < OUTBOX_SLOTS; slot++)
		heap_post_slot(heap, slot);
}

/* Of the heap's own outbox, perhaps empty. */
static void post_own(struct heap *heap, const struct chain *chain)
{
	if (chain->count == 0)
		return;
	counters_add(&heap->counters, COUNTER_remote_frees, chain->count);
	counters_add(&heap->counters, COUNTER_remote_posts, 1);
	heap_post(chain);
}

void heap_post_slot(struct heap *heap, unsigned slot)
{
	struct chain chain;

	outbox_take(&heap->front.outbox, slot, &chain);
	post_own(heap, &chain);
}

void heap_free_remote(struct heap *heap, uint32_t word, void *block)
{
	struct heap_front *own = heap_hide();
	struct chain full;

	outbox_add(&heap->front.outbox, word, block, &full);
	post_own(heap, &full);
	heap_show(own);
}
