/* SPDX-License-Identifier: MIT */
/*
 * heap: the state of one thread.
 *
 * Three parts, by who may touch them:
 *   front   the owner thread alone, without a lock: the two fast paths
 *   bins    whoever holds heap->lock: the owner on its slow paths; others to
 *           collect from a heap that sleeps or is dead, and to adopt
 *   inbox   anyone, atomically
 *
 * Heaps are never freed: a dead one waits to be reused whole by a new thread,
 * and until then other threads may adopt its slabs, bin by bin.
 */
#ifndef HAK_HEAP_H
#define HAK_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "base/lock.h"
#include "registry/page_registry.h"
#include "remote/remote_queue.h"
#include "size_class/size_class.h"
#include "stats/stats.h"
#include "superslab/superslab.h"

/*
 * FastCache: an array of pointers, LIFO.
 *   empty: top == base, and *base == NULL    full: top == limit
 *   base <= top <= limit <= base + cap	    cap <= first_cap * FAST_CACHE_DEEPEST
 *   blocks in it: base + 1 .. top            base[-1] can be read
 */
struct fast_cache {
	void **top;
	uint32_t limit;	    /* the low half of that address: see heap_is_full() */
	uint32_t misalign_mask; /* size_class.h; constant */
};
_Static_assert(sizeof(struct fast_cache) == WORD_BIN_UNIT,
	       "a registry word is an offset into the FastCaches");

/* So many times its first array a FastCache may grow to. */
#define FAST_CACHE_DEEPEST 64u

/* All that the fast paths touch, reached from the one TLS pointer. */
struct heap_front {
	/*
	 * owner << WORD_BIN_BITS, or none.  Written by the owner; others take it away, so
	 * that the owner comes to a slow path (heap_call_all()).  Relaxed.
	 */
	uint32_t owner_word;
	struct size_map map;  /* size -> bin * sizeof(struct fast_cache) */
	struct fast_cache cache[BIN_COUNT];
	struct outbox outbox; /* empty in the constant fronts */
};

struct bin {
	struct slab *current; /* carved from last; NULL or has room */
	struct slab *list[SLAB_LISTS]; /* others with room: slab_lists.h */
	void *sll;	      /* spare blocks, LIFO chain */
	uint32_t sll_count;   /* readers relaxed */
	uint16_t first_cap;   /* of the FastCache; constant */
	uint16_t cap;	      /* of the one it has, or 0: owner alone, release; see deepen() */
	uint16_t batch;	      /* blocks that the next refill asks for */
	uint16_t peak;	      /* limit before the overflows since the last miss */
	uint8_t overflows;    /* since the last miss, at most UINT8_MAX: under lock */
	bool missed;	      /* since the last look for what can be borrowed */
	uint32_t slabs;	      /* owned by the heap: readers relaxed */
	bool direct;	      /* a batch goes into the FastCache, not the SLL */
	void **base;	      /* of the FastCache: owner alone, readers relaxed */
	uint64_t out;	      /* blocks out of its slabs: readers relaxed */
	uint64_t refills;     /* P0 batches so far: readers relaxed */
	uint64_t hits;	      /* blocks from a cache (HAKMEM_TINY_FAST_STATS) */
};

struct heap {
	struct heap_front front; /* first: the TLS pointer points here */
	struct lock lock;	 /* LOCK_RANK_HEAP */
	uint32_t owner;		 /* id in registry words, constant */
	/*
	 * Who has it in hand: heap_self of the thread that owns, borrowed or is
	 * emptying it, NULL: it is dead.  Written under the list's lock, relaxed.
	 */
	struct heap_front **holder;
	uint8_t exit_rounds;	 /* destructor rounds seen: owner alone */
	uint8_t outbox_turn;	 /* next slot to post early: owner alone */
	uint64_t room_mask;	 /* bit: bin has a slab on a list; readers relaxed */
	/*
	 * limit_bytes <= 3/2 budget; budget <= HAKMEM_THREAD_CACHE_MAX.  What the
	 * Remote Queue brought into an SLL counts for none: others decide how much
	 * it is, and it must not leave the FastCaches without a limit.
	 */
	size_t budget;		 /* bytes: owner alone, readers relaxed */
	size_t limit_bytes;	 /* of all FastCaches, each full: owner alone */
	uint64_t limited_mask;	 /* bit: FastCache may hold something: owner alone */
	uint64_t merged_mask;	 /* bit: the bin serves a whole octave: owner alone */
	uint32_t slow_paths;	 /* so far: owner alone, as are the next two */
	uint32_t borrowings;	 /* so often the budget did not suffice */
	uint64_t looked_at;	 /* coarse_clock_ms() of the last look: cache.c */
	int64_t sample_left;	 /* bytes before the next sample; owner alone, as below */
	uint64_t sample_random;	 /* state of chance_next() */
	uint32_t sample_epoch;	 /* profile_epoch for which these two hold; 0: none */
	size_t held_bytes;	 /* in slabs of this heap: under lock */
	size_t sparse;		 /* free pages of sparse slabs: under lock, readers relaxed */
	size_t thin;		 /* purged pages of thin slabs, part of held_bytes: under lock */
	size_t excess;		 /* idle bytes beyond the bound: see heap_unlock() */
	struct heap *next;	 /* list of all heaps, append-only */
	struct heap *dead_next;	 /* stack of dead heaps; under the list's lock */
	struct counters counters;
	void *nothing[3];	 /* NULL, NULL, and a slot: the FastCache that has no array */
	struct bin bin[BIN_COUNT];
	struct inbox inbox HAK_CACHE_ALIGNED;
};

/* The thread's heap, or one of the three constant fronts below. */
extern HAK_HIDDEN __thread struct heap_front *heap_self
	__attribute__((tls_model("initial-exec")));

/*
 * heap_none: a thread that has no heap yet.  heap_late: one whose heap died
 * with it, or is hidden.  heap_sampled: one whose heap is heap_behind, because each of
 * its calls is to be seen (api/profiled.c).  All are always empty and own nothing, so the
 * fast paths end in the slow ones without asking.
 */
extern HAK_HIDDEN const struct heap_front heap_none, heap_late, heap_sampled;

/*
 * The heap of a thread that was ever sampled: it is now if sample_epoch != 0.  During a
 * call that is seen, heap_self is this heap, too.
 */
extern HAK_HIDDEN __thread struct heap_front *heap_behind
	__attribute__((tls_model("initial-exec")));

/*
 * Between these two the FastCaches of the calling thread are out of reach of its
 * signal handlers, whose calls miss.  So a slow path may leave the FastCaches half
 * changed.
 */
static inline struct heap_front *heap_hide(void)
{
	struct heap_front *own = heap_self;

	heap_self = (struct heap_front *)(uintptr_t)&heap_late;
	signal_fence();
	return own;
}

static inline void heap_show(struct heap_front *own)
{
	signal_fence();
	heap_self = own;
}

/* Of a heap, this is its owner's; of the constant fronts, nobody's. */
#define NO_OWNER_WORD (OWNER_LIMIT << WORD_BIN_BITS)

static inline struct heap *heap_of(struct heap_front *front)
{
	return container_of(front, struct heap, front);
}

/* The owner word does not tell: see heap_call_all(). */
static inline bool heap_is_real(const struct heap_front *front)
{
	return front->cache[0].misalign_mask != 0;
}

/* The calling thread's heap; NULL: it has none in reach. */
static inline struct heap *heap_mine(void)
{
	struct heap_front *front =
		heap_self == &heap_sampled ? heap_behind : heap_self;

	return heap_is_real(front) ? heap_of(front) : NULL;
}

/* The cache of a bin is `row` = bin * WORD_BIN_UNIT bytes into the array. */
static HAK_ALWAYS_INLINE struct fast_cache *heap_row(struct heap_front *front,
						     size_t row)
{
	HAK_FOLD(row);
	return (struct fast_cache *)(void *)((char *)front->cache + row);
}

/* Half an address tells: the whole array is far smaller than 4 GiB. */
static HAK_ALWAYS_INLINE bool heap_is_full(uint32_t limit, void **top)
{
	return (uint32_t)(uintptr_t)top == limit;
}

/* The number of blocks in a FastCache; another thread's: a relaxed look. */
static inline unsigned heap_cached(const struct heap *heap, unsigned bin)
{
	return (unsigned)(load_relaxed(&heap->front.cache[bin].top) -
			  load_relaxed(&heap->bin[bin].base));
}

/* The last block that came into a FastCache, or NULL.  Owner alone. */
static HAK_ALWAYS_INLINE void *heap_pop(struct heap_front *front, size_t row)
{
	void **top = heap_row(front, row)->top;
	void *block = *top;

	if (likely(block != NULL))
		store_relaxed(&heap_row(front, row)->top, top - 1);
	return block;
}

/* pre: the FastCache is not full and its top is `top`.  Owner alone. */
static HAK_ALWAYS_INLINE void heap_push(struct heap_front *front, size_t row,
					void **top, void *block)
{
	top[1] = block;
	store_relaxed(&heap_row(front, row)->top, top + 1);
}

/* The same off the fast path. */
static inline void heap_keep(struct heap *heap, unsigned bin, void *block)
{
	heap_push(&heap->front, bin * WORD_BIN_UNIT, heap->front.cache[bin].top,
		  block);
}

/* The number of blocks that it may hold: owner alone. */
static inline unsigned heap_limit(const struct heap *heap, unsigned bin)
{
	uint32_t base = (uint32_t)(uintptr_t)heap->bin[bin].base;

	return (heap->front.cache[bin].limit - base) / sizeof(void *);
}

/* The number of blocks that it may still take: owner alone. */
static inline unsigned heap_room(const struct heap *heap, unsigned bin)
{
	return heap_limit(heap, bin) - heap_cached(heap, bin);
}

/* ---- birth and death (heap.c) ---- */

/* Gives the calling thread a heap of its own, or NULL: no memory. */
HAK_HIDDEN struct heap *heap_birth(void);

/*
 * A heap that was born in a resolver of the program's, before the loader filled the
 * memory of __thread variables, is this thread's again.
 */
HAK_HIDDEN void heap_remember(void);

/*
 * For a thread without a heap of its own in reach: a heap for one operation, not
 * bound to the thread; heap_return() it.  NULL: no memory.
 */
HAK_HIDDEN struct heap *heap_borrow(void);
HAK_HIDDEN void heap_return(struct heap *heap);

/* Empties the heap that waits with full caches for the next thread, if there is one. */
HAK_HIDDEN void heap_flush_warm(void);

/*
 * Reads the options when that was not possible before, and makes those hold
 * that more than one place looks at.  At the first allocation and at load.
 */
HAK_HIDDEN void heap_load_options(void);

/* Makes every thread with a heap come to a slow path, at its next free at the latest. */
HAK_HIDDEN void heap_call_all(void);
/* The calling thread has come, and its fast path is as before. */
HAK_HIDDEN void heap_answer(struct heap *heap);

/* The calling thread has no heap any more, as before its first allocation. */
HAK_HIDDEN void heap_give_up(void);

/* Every heap ever made: for (h = heap_list(); h; h = h->next). */
HAK_HIDDEN struct heap *heap_list(void);
/* Its head, for the statistics page alone. */
extern HAK_HIDDEN struct heap *heap_first;
/* The number of heaps without a thread, and with one: a relaxed look. */
HAK_HIDDEN unsigned heap_dead_count(void);
HAK_HIDDEN unsigned heap_alive_count(void);
/* Of these, for who sleeps until the last one dies (HAKMEM_BG_PURGE). */
HAK_HIDDEN uint32_t *heap_alive_word(void);

/* Some thread has it in hand, or had a moment ago. */
static inline bool heap_is_alive(const struct heap *heap)
{
	return load_relaxed(&heap->holder) != NULL;
}

/* Before the first slab (slab_lists.c). */
HAK_HIDDEN void slab_lists_start(void);

/* ---- bins, under heap->lock (bin.c) ---- */

/*
 * Gives heap->lock back, and then purges what slabs that were given back made idle
 * beyond the bound: nobody waits for that.
 */
HAK_HIDDEN void heap_unlock(struct heap *heap);

/* Up to `want` blocks that are free in slabs or can be carved, as slab_take() has them. */
HAK_HIDDEN unsigned bin_take(struct heap *heap, unsigned bin, void **end,
			     unsigned want, bool *zeroed);
/* Puts blocks into their slabs, or posts those that are another heap's. */
HAK_HIDDEN void bin_put(struct heap *heap, unsigned bin, void *const *blocks,
			unsigned count);
/* The same with the first `most` of a chain, which are cut off.  Returns how many. */
HAK_HIDDEN unsigned bin_put_chain(struct heap *heap, unsigned bin, void **chain,
				  unsigned most);
/* Maps a slab for a bin that has none with room.  False: no memory. */
HAK_HIDDEN bool bin_open_slab(struct heap *heap, unsigned bin);
/* Puts every spare block of the SLL into its slab. */
HAK_HIDDEN void bin_empty_sll(struct heap *heap, unsigned bin);
/* A slab that is on no list goes where it belongs, or back to the Arena. */
HAK_HIDDEN void bin_settle(struct heap *heap, struct slab *slab);
/* Gives the current slab back when it is empty, else puts it on a list. */
HAK_HIDDEN void bin_retire_current(struct heap *heap, unsigned bin);
/* Gives the current slab back if it is empty. */
HAK_HIDDEN void bin_release_empty(struct heap *heap, unsigned bin);
/* Takes one slab with room of `victim`, whose lock is held too.  False: none. */
HAK_HIDDEN bool bin_adopt(struct heap *heap, struct heap *victim, unsigned bin);

/* ---- adoption (adopt.c) ---- */

/* Takes a slab with room for `bin` from some dead heap.  Under heap->lock. */
HAK_HIDDEN bool heap_adopt(struct heap *heap, unsigned bin);

/* ---- remote frees (remote_free.c) ---- */

/* Frees a block whose registry word is another heap's, through the outbox. */
HAK_HIDDEN void heap_free_remote(struct heap *heap, uint32_t word, void *block);
/* Posts a chain to the inbox of the heap that owns its slab. */
HAK_HIDDEN void heap_post(const struct chain *chain);
/* Posts one block at once; takes no lock. */
HAK_HIDDEN void heap_post_stray(uint32_t word, void *block);
/* Posts one slot of the outbox, or all of it.  Without heap->lock. */
HAK_HIDDEN void heap_post_slot(struct heap *heap, unsigned slot);
HAK_HIDDEN void heap_post_all(struct heap *heap);
/* Puts what waits in the inbox into the slabs.  Under heap->lock. */
HAK_HIDDEN void heap_drain(struct heap *heap);

/* ---- how much is cached (cache.c), by the owner, under heap->lock ---- */

/* Sets the FastCaches to empty and to hold nothing, until they are used. */
HAK_HIDDEN void heap_reset_caches(struct heap *heap);
/* Is the block in this FastCache? */
HAK_HIDDEN bool heap_has_cached(const struct heap *heap, unsigned bin,
				const void *block);
/* The budget of a thread's first allocation, and `bytes` more, within the options. */
HAK_HIDDEN void heap_start_budget(struct heap *heap);
HAK_HIDDEN void heap_raise_budget(struct heap *heap, size_t bytes);
/* Lets a bin hold `count` blocks, and the thread as many bytes more. */
HAK_HIDDEN void heap_allow(struct heap *heap, unsigned bin, unsigned count);
/* A FastCache is empty.  Returns how many blocks to bring. */
HAK_HIDDEN unsigned heap_note_miss(struct heap *heap, unsigned bin);
/* A FastCache is full: empties half of it or more, and says how much it may hold. */
HAK_HIDDEN void heap_note_overflow(struct heap *heap, unsigned bin);
/* Has it overflowed for a while, without a miss? */
HAK_HIDDEN bool heap_is_only_freeing(const struct heap *heap, unsigned bin);
/*
 * May it stay as it is, without a thread?  Its caches never held more than those of
 * any thread, and its slabs are few.  Takes heap->lock.
 */
HAK_HIDDEN bool heap_is_light(struct heap *heap);
/* Empties caches, SLLs, outbox and inbox; gives empty slabs back.  Takes heap->lock. */
HAK_HIDDEN void heap_flush(struct heap *heap);

/* The last `count` blocks of a FastCache go to their slabs: the others stay (p0.c). */
HAK_HIDDEN void heap_evict(struct heap *heap, unsigned bin, unsigned count);

/* ---- fork (fork.c) ---- */

/* Registers the handlers, once; may allocate. */
HAK_HIDDEN void heap_register_fork(void);

/* For fork.c and heap.c: the lock of the list of heaps. */
extern HAK_HIDDEN struct lock heap_list_lock;
/* Makes a heap available to new threads.  Under heap_list_lock. */
HAK_HIDDEN void heap_idle(struct heap *heap);

#endif /* HAK_HEAP_H */
