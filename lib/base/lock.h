/* SPDX-License-Identifier: MIT */
/*
 * base: a mutex of one word on futex(2), with a rank.
 *
 * A thread takes locks in rising rank only; debug builds check it.  Same rank
 * twice is allowed for LOCK_RANK_HEAP alone, and there by trylock (adoption) or
 * under the heap list's lock (fork).
 */
#ifndef HAK_LOCK_H
#define HAK_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"

enum lock_rank {
	LOCK_RANK_HEAP_LIST, /* births, deaths, the list of heaps */
	LOCK_RANK_HEAP,      /* slabs of one heap */
	LOCK_RANK_HARDENED,  /* one bin of hardened mode */
	LOCK_RANK_REGION,    /* its address space, and its mappings */
	LOCK_RANK_HUGE,      /* cache of freed mappings */
	LOCK_RANK_ARENA,     /* SuperSlabs and their free granules */
	LOCK_RANK_REGISTRY,  /* new leaves */
	LOCK_RANK_META,      /* descriptor memory */
	LOCK_RANK_COUNT
};

enum fork_step {
	FORK_TAKE, /* before, in the parent */
	FORK_GIVE, /* after, in the parent */
	FORK_RESET /* after, in the child: free, whoever held it */
};

struct lock {
	/*
	 * 0 free, 1 held, 2 held and somebody sleeps.  Written by compare and
	 * swap (acquire) to take, by exchange (release) to give.
	 */
	uint32_t state;
	uint16_t rank;	/* enum lock_rank, constant */
	uint16_t forks;	/* taken by the holder's fork() of this depth, or 0: its alone */
	/*
	 * &lock_hands of the thread that holds it; 0 while nobody does, and in
	 * the moment between this word and the state.  Its alone; relaxed.
	 */
	uintptr_t owner;
};

#define LOCK_INIT(rank_) {.state = 0, .rank = (rank_)}

HAK_HIDDEN void lock_take(struct lock *l);
HAK_HIDDEN bool lock_try(struct lock *l);
HAK_HIDDEN void lock_give(struct lock *l);

/* The locks that this thread holds or is about to take, and the like. */
extern HAK_HIDDEN __thread uint32_t lock_hands
	__attribute__((tls_model("initial-exec")));

/*
 * Does the calling thread hold a lock, or is it about to take one?  For its
 * signal handlers, which must take none then.
 */
HAK_HIDDEN bool lock_in_hand(void);

/*
 * The same, but for a thread to which all locks are open (lock_set_master).
 */
HAK_HIDDEN bool lock_is_reentered(void);

/*
 * Around a change to what is the thread's alone and has no lock: its handlers
 * are to find it as if it had one.
 */
static inline void lock_hand_in(void)
{
	lock_hands++;
	signal_fence();
}

static inline void lock_hand_out(void)
{
	signal_fence();
	lock_hands--;
}

/*
 * glibc's: not 0 while no thread was ever made beside the first.  No atomic
 * instruction is needed then.
 */
extern char __libc_single_threaded __attribute__((weak));

static inline bool lock_is_alone(void)
{
	return &__libc_single_threaded != NULL && __libc_single_threaded != 0;
}

/*
 * For the fork handlers: start before the first one is taken and end after the
 * last.  A signal handler may call fork() with locks in hand, also while it
 * interrupts another fork(); those, and what another thread keeps while it waits
 * for them, are passed over: then false.
 */
HAK_HIDDEN void lock_fork_start(void);
HAK_HIDDEN bool lock_fork(struct lock *l, enum fork_step step);
HAK_HIDDEN void lock_fork_end(void);

/*
 * While on, the locks are open to the calling thread alone: they neither stop
 * it nor change.  For a thread that holds them all (between the fork handlers)
 * or dies holding some (abort), and then runs code that may allocate.
 */
HAK_HIDDEN void lock_set_master(bool on);

#endif /* HAK_LOCK_H */
