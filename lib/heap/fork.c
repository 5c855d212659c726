/* SPDX-License-Identifier: MIT */
/*
 * heap: fork.  Our locks are taken last and given back first, in rank order,
 * so that slabs and lists are whole in the child.  What other threads had in
 * their FastCaches and outboxes is lost to the child: a fast path may have
 * been anywhere, so those blocks are left alone for ever.  The rest of their
 * heaps can be adopted.
 */
#include <pthread.h>

#include "arena/arena.h"
#include "heap/heap.h"
#include "huge/huge.h"
#include "meta/meta.h"

static void prepare(void)
{
	lock_take(&heap_list_lock);
	for (struct heap *h = heap_list(); h; h = h->next)
		lock_take(&h->lock);
	huge_fork_prepare();
	arena_fork_prepare();
	registry_fork_prepare();
	meta_fork_prepare();
}

static void parent(void)
{
	meta_fork_parent();
	registry_fork_parent();
	arena_fork_parent();
	huge_fork_parent();
	for (struct heap *h = heap_list(); h; h = h->next)
		lock_give(&h->lock);
	lock_give(&heap_list_lock);
}

/* The heap of a thread that does not exist on this side of the fork. */
static void bury_orphan(struct heap *heap)
{
	heap->outbox = (struct outbox){.slot = {{.count = 0}}};
	heap_reset_caches(heap);
	heap_bury(heap);
}

static void child(void)
{
	meta_fork_child();
	registry_fork_child();
	arena_fork_child();
	huge_fork_child();
	for (struct heap *h = heap_list(); h; h = h->next) {
		lock_reset(&h->lock);
		if (h->alive && &h->front != heap_self)
			bury_orphan(h);
	}
	lock_reset(&heap_list_lock);
}

void heap_register_fork(void)
{
	static bool registered; /* swapped once; acquire is more than enough */

	if (!swap_acquire(&registered, true))
		pthread_atfork(prepare, parent, child);
}
