/* SPDX-License-Identifier: MIT */
/*
 * heap: fork.  Our locks are taken last and given back first, so that slabs and lists are
 * whole in the child.  What other threads had in their FastCaches and outboxes is lost to
 * the child: a fast path may have been anywhere, so those blocks are left alone for ever.
 * The rest of their heaps can be adopted.
 *
 * "Last" has one exception that we do not choose: glibc takes the lock of its
 * list of streams after all handlers.  A thread that holds it (fflush(NULL))
 * and allocates would wait for us, and fork for it; so we take it before ours.
 */
#include "arena/arena.h"
#include "hardened/hardened.h"
#include "heap/heap.h"
#include "huge/huge_cache.h"
#include "meta/meta.h"
#include "profile/profile.h"

/* glibc's, where it exports them; in the child fork() itself would reset. */
extern void _IO_list_lock(void) __attribute__((weak));
extern void _IO_list_unlock(void) __attribute__((weak));
extern void _IO_list_resetlock(void) __attribute__((weak));

static bool knows_stream_list(void)
{
	return _IO_list_lock && _IO_list_unlock && _IO_list_resetlock;
}

/*
 * The heaps whose locks are held, from here on along the list: one born between
 * the handlers stands before it.  Under heap_list_lock.
 */
static struct heap *locked;

/* The boxes below, in rank order. */
static void step_below(enum fork_step step)
{
	hardened_fork(step);
	lock_fork(&huge_lock, step);
	arena_fork(step);
	lock_fork(&registry_lock, step);
	profile_fork(step);
	lock_fork(&meta_lock, step);
}

static void prepare(void)
{
	if (knows_stream_list())
		_IO_list_lock();
	lock_fork_start();
	lock_fork(&heap_list_lock, FORK_TAKE);
	locked = heap_list();
	for (struct heap *h = locked; h; h = h->next)
		lock_fork(&h->lock, FORK_TAKE);
	step_below(FORK_TAKE);
	/* Handlers registered before ours run now, and may allocate. */
	lock_set_master(true);
}

static void parent(void)
{
	lock_set_master(false);
	step_below(FORK_GIVE);
	for (struct heap *h = locked; h; h = h->next)
		lock_fork(&h->lock, FORK_GIVE);
	lock_fork(&heap_list_lock, FORK_GIVE);
	lock_fork_end();
	if (knows_stream_list())
		_IO_list_unlock();
}

/* The heap of a thread that does not exist on this side of the fork. */
static void bury_orphan(struct heap *heap)
{
	heap->front.outbox = (struct outbox){.slot = {{.word = WORD_NONE}}};
	heap_reset_caches(heap);
	heap_idle(heap);
}

static void child(void)
{
	lock_set_master(false);
	step_below(FORK_RESET);
	for (struct heap *h = locked; h; h = h->next) {
		bool whole = lock_fork(&h->lock, FORK_RESET);

		if (whole && h->holder && h->holder != &heap_self)
			bury_orphan(h);
	}
	lock_fork(&heap_list_lock, FORK_RESET);
	lock_fork_end();
	if (knows_stream_list())
		_IO_list_resetlock();
}

/* What pthread_atfork() calls. */
extern int __register_atfork(void (*before)(void), void (*in_parent)(void),
			     void (*in_child)(void), void *library);

/*
 * exit() takes away the handlers of each library that has ended.  A fork() by another
 * thread at that moment would not come to parent(), and keep all locks.  So these belong
 * to no library; this one is never unloaded.
 */
void heap_register_fork(void)
{
	HAK_NEAR static bool registered; /* swapped once; acquire is more than enough */

	if (!swap_acquire(&registered, true))
		__register_atfork(prepare, parent, child, NULL);
}
