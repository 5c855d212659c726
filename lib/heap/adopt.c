/* SPDX-License-Identifier: MIT */
/* heap: adoption, tried before new memory is mapped. */
#include "heap/heap.h"

/* Heaps looked at in one try. */
#define ADOPT_PROBES 16u

/* Where the last search ended; any thread, release: who loads it reads the heap. */
HAK_NEAR static struct heap *cursor;

static bool try_victim(struct heap *heap, struct heap *victim, unsigned bin)
{
	bool done;

	if (heap_is_alive(victim) ||
	    (load_relaxed(&victim->room_mask) >> bin & 1) == 0)
		return false;
	if (victim == heap || !lock_try(&victim->lock))
		return false;
	/* A new thread may have taken it over since: then it needs its slabs. */
	done = !heap_is_alive(victim) && bin_adopt(heap, victim, bin);
	heap_unlock(victim);
	return done;
}

bool heap_adopt(struct heap *heap, unsigned bin)
{
	struct heap *victim = load_acquire(&cursor);

	if (heap_dead_count() == 0)
		return false;
	for (unsigned i = 0; i < ADOPT_PROBES; i++) {
		victim = victim ? victim->next : heap_list();
		if (victim && try_victim(heap, victim, bin)) {
			store_release(&cursor, victim);
			return true;
		}
	}
	store_release(&cursor, victim);
	return false;
}
