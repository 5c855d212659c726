/* SPDX-License-Identifier: MIT */
/* heap: birth, death, and the heaps in between. */
#define _GNU_SOURCE
#include "heap/heap.h"

#include <pthread.h>

#include "base/bits.h"
#include "base/futex.h"
#include "base/secret.h"
#include "base/thread_key.h"
#include "debug_ring/debug_ring.h"
#include "meta/meta.h"
#include "next_malloc/next_malloc.h"
#include "options/options.h"

/*
 * A dying thread's heap waits for one more round of destructors, so that those
 * of other libraries still find it.
 */
#define EXIT_ROUNDS 2

/* The sentinel under the empty FastCache of the constant fronts. */
static void *const nothing = NULL;

#define EMPTY_FRONT                                                        \
	{                                                                  \
		.owner_word = NO_OWNER_WORD,                               \
		.cache[0] = {.top = (void **)(uintptr_t)&nothing},         \
	}
const struct heap_front heap_none = EMPTY_FRONT, heap_late = EMPTY_FRONT,
			heap_sampled = EMPTY_FRONT;

__thread struct heap_front *heap_self
	__attribute__((tls_model("initial-exec"))) =
		(struct heap_front *)(uintptr_t)&heap_none;
__thread struct heap_front *heap_behind
	__attribute__((tls_model("initial-exec")));

HAK_NEAR struct lock heap_list_lock = LOCK_INIT(LOCK_RANK_HEAP_LIST);
HAK_NEAR struct heap *heap_first; /* set under heap_list_lock, release */
HAK_NEAR static struct heap *dead; /* under heap_list_lock */
/*
 * The one that died last, if it is light: its caches are as its thread left them,
 * for the next thread.  Its slabs can be adopted all the same.
 */
HAK_NEAR static struct heap *warm; /* likewise; dead_next == NULL */
HAK_NEAR static unsigned dead_count; /* written under heap_list_lock, read relaxed */
HAK_NEAR static uint32_t alive_count; /* likewise */
static uint32_t next_owner = OWNER_FIRST_HEAP; /* under heap_list_lock */
HAK_NEAR static pthread_key_t exit_key; /* made once, under heap_list_lock */
HAK_NEAR static bool have_key; /* set with it; constant once a heap is born */
HAK_NEAR static bool started; /* under heap_list_lock */

struct heap *heap_list(void)
{
	return load_acquire(&heap_first);
}

unsigned heap_dead_count(void)
{
	return load_relaxed(&dead_count);
}

unsigned heap_alive_count(void)
{
	return load_relaxed(&alive_count);
}

uint32_t *heap_alive_word(void)
{
	return &alive_count;
}

static unsigned capacity(unsigned bin)
{
	const struct size_class *class = &size_class_table[bin];

	if (class->cap != OPTION_CAP)
		return class->cap;
	return (unsigned)options_get(
		(enum option)(OPTION_TINY_FAST_CAP_C0 + class->id));
}

static bool is_direct(unsigned bin)
{
	return options_get(size_class_table[bin].id == CLASS_C7 ?
				   OPTION_TINY_P0_DIRECT_FC_C7 :
				   OPTION_TINY_P0_DIRECT_FC);
}

/* The arrays are made when they are needed: deepen() in cache.c. */
static void lay_out_caches(struct heap *heap)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		struct bin *b = &heap->bin[bin];

		b->first_cap = (uint16_t)capacity(bin);
		b->direct = is_direct(bin);
		b->base = &heap->nothing[1];
		heap->front.cache[bin].misalign_mask =
			size_class_table[bin].misalign_mask;
	}
	heap_reset_caches(heap);
}

static void take_in_hand(struct heap *heap)
{
	heap->sample_epoch = 0;
	store_relaxed(&heap->holder, &heap_self);
	store_relaxed(&alive_count, alive_count + 1);
}

/* One that owns no word sends every free() to the slow path. */
void heap_answer(struct heap *heap)
{
	store_relaxed(&heap->front.owner_word,
		      options_get(OPTION_ZERO_ON_FREE) == ZERO_YES ?
			      NO_OWNER_WORD :
			      word_of(heap->owner, 0));
	full_fence(); /* who calls after this is answered again: see heap_call_all() */
}

void heap_call_all(void)
{
	for (struct heap *h = heap_list(); h; h = h->next)
		store_release(&h->front.owner_word, NO_OWNER_WORD);
}

static struct heap *heap_make(void)
{
	struct heap *heap;

	if (next_owner >= OWNER_LIMIT)
		return NULL;
	heap = meta_alloc(sizeof(*heap));
	if (!heap)
		return NULL;
	heap->owner = next_owner++;
	heap_answer(heap);
	heap->lock = (struct lock)LOCK_INIT(LOCK_RANK_HEAP);
	heap->merged_mask = size_class_octaves();
	size_class_fill_map(&heap->front.map, WORD_BIN_UNIT, heap->merged_mask);
	lay_out_caches(heap);
	take_in_hand(heap);
	heap->next = heap_first;
	store_release(&heap_first, heap);
	return heap;
}

/* Takes the first heap of a list, or NULL.  Under heap_list_lock. */
static struct heap *pop_idle(struct heap **list)
{
	struct heap *heap = *list;

	if (!heap)
		return NULL;
	*list = heap->dead_next;
	store_relaxed(&dead_count, dead_count - 1);
	take_in_hand(heap);
	return heap;
}

/* The other way. */
static void push_idle(struct heap **list, struct heap *heap)
{
	store_relaxed(&heap->holder, NULL);
	store_relaxed(&alive_count, alive_count - 1);
	if (alive_count == 0 &&
	    (options_get(OPTION_BG_PURGE) != 0 || options_get(OPTION_PROFILE) != 0))
		futex_wake(&alive_count);
	heap->dead_next = *list;
	*list = heap;
	store_relaxed(&dead_count, dead_count + 1);
}

void heap_idle(struct heap *heap)
{
	push_idle(&dead, heap);
}

/* Emptied and buried. */
static void flush_and_idle(struct heap *heap)
{
	heap_flush(heap);
	lock_take(&heap_list_lock);
	heap_idle(heap);
	lock_give(&heap_list_lock);
}

static void end_of_thread(void *front);

void heap_load_options(void)
{
	options_load();
	libc_start();
	debug_ring_start();
}

/* Once, before the first heap.  Under heap_list_lock. */
static void start_once(void)
{
	started = true;
	secret_start(); /* before the first link */
	heap_load_options();
	slab_lists_start();
	/* Without a key (1024 are in use) a thread's heap outlives it, unused. */
	have_key = thread_key_make(&exit_key, end_of_thread);
}

struct heap *heap_borrow(void)
{
	struct heap *heap;

	lock_take(&heap_list_lock);
	if (!started)
		start_once();
	heap = libc_serves() ? NULL : pop_idle(warm ? &warm : &dead);
	if (!heap && !libc_serves())
		heap = heap_make();
	if (heap)
		heap_start_budget(heap);
	lock_give(&heap_list_lock);
	return heap;
}

void heap_return(struct heap *heap)
{
	struct heap *heavy = heap;

	heap_post_all(heap);
	debug_ring_add(RING_DEATH, heap->owner, 0);
	if (heap_is_light(heap)) {
		lock_take(&heap_list_lock);
		heavy = pop_idle(&warm);
		push_idle(&warm, heap);
		lock_give(&heap_list_lock);
	}
	if (heavy)
		flush_and_idle(heavy);
}

void heap_flush_warm(void)
{
	struct heap *heap;

	lock_take(&heap_list_lock);
	heap = pop_idle(&warm);
	lock_give(&heap_list_lock);
	if (heap)
		flush_and_idle(heap);
}

struct heap *heap_birth(void)
{
	struct heap_front *none = heap_hide();
	struct heap *heap = heap_borrow();

	if (!heap) {
		heap_show(none);
		return NULL;
	}
	debug_ring_add(RING_BIRTH, heap->owner, 0);
	heap->exit_rounds = 0;
	heap_show(&heap->front);
	/* From here on the thread can allocate: these two may. */
	if (have_key)
		pthread_setspecific(exit_key, heap);
	heap_register_fork();
	return heap;
}

void heap_remember(void)
{
	struct heap *heap = have_key ? pthread_getspecific(exit_key) : NULL;

	if (heap && heap_self == &heap_none)
		heap_self = &heap->front;
}

void heap_give_up(void)
{
	struct heap *heap = heap_of(heap_self);

	if (!heap_is_real(heap_self))
		return;
	if (have_key)
		pthread_setspecific(exit_key, NULL);
	heap_self = (struct heap_front *)(uintptr_t)&heap_none;
	heap_return(heap);
}

/* Destructor of exit_key: the thread is on its way out. */
static void end_of_thread(void *argument)
{
	struct heap *heap = argument;

	if (++heap->exit_rounds < EXIT_ROUNDS &&
	    pthread_setspecific(exit_key, heap) == 0)
		return;
	heap_self = (struct heap_front *)(uintptr_t)&heap_late;
	heap_behind = NULL;
	/* A handler that interrupted us called pthread_exit(): as it was left. */
	if (!in_critical())
		heap_return(heap);
}
