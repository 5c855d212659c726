/* SPDX-License-Identifier: MIT */
/*
 * base: a mutex of one word on futex(2), with a rank.
 *
 * A thread takes no lock of a lower rank than one that it holds; debug builds check it.
 * It may hold two locks of the same rank in two cases: it took the second by lock_try(),
 * as adoption does with heaps, or it holds the lock of the heap list, as the fork
 * handlers do, which take all locks.  A fork() in a signal handler that interrupted a
 * holder keeps to no order of ranks: it waits for each lock for a bounded time.
 */
#ifndef HAK_LOCK_H
#define HAK_LOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/single_threaded.h>

#include "base/atomics.h"
#include "base/attributes.h"

enum lock_rank {
	LOCK_RANK_HEAP_LIST, /* births, deaths, the list of heaps */
	LOCK_RANK_HEAP,      /* slabs of one heap */
	LOCK_RANK_HARDENED,  /* hardened mode: one bin, the list of lockers, the decision */
	LOCK_RANK_REGION,    /* hardened mode: its address space, its mappings */
	LOCK_RANK_HUGE,      /* cache of freed mappings */
	LOCK_RANK_ARENA,     /* SuperSlabs and their free granules */
	LOCK_RANK_REGISTRY,  /* new leaves */
	LOCK_RANK_PROFILE,   /* samples and their sites */
	LOCK_RANK_META,      /* descriptor memory */
	LOCK_RANK_COUNT
};

enum fork_step {
	FORK_TAKE, /* before the fork, in the parent */
	FORK_GIVE, /* after the fork, in the parent */
	FORK_RESET /* after the fork, in the child: frees the lock, whoever held it */
};

struct lock {
	/*
	 * 0 free, 1 held, 2 held and a thread may sleep on it.  Taken by compare
	 * and swap (acquire), given by exchange (release).
	 */
	uint32_t state;
	uint16_t rank;	/* enum lock_rank, constant */
	uint16_t forks;	/* depth of the fork() that took it, 0: none.  Holder alone */
	/*
	 * &critical_depth of the holder; 0: no holder, or the holder has written only
	 * one of the two words yet.  Written by the holder alone, relaxed.
	 */
	uintptr_t owner;
};

#define LOCK_INIT(rank_) {.state = 0, .rank = (rank_)}

HAK_HIDDEN void lock_take(struct lock *l);
HAK_HIDDEN bool lock_try(struct lock *l);
HAK_HIDDEN void lock_give(struct lock *l);

/*
 * How many locks this thread holds or is about to take, plus the open
 * critical_enter(), plus the bits of fork() in lock.c.
 */
extern HAK_HIDDEN __thread uint32_t critical_depth
	__attribute__((tls_model("initial-exec")));

/*
 * Does the calling thread hold a lock, or is it about to take one?  If so, its signal
 * handlers must take no lock.
 */
HAK_HIDDEN bool in_critical(void);

/* The same, but false for a thread to which all locks are open (lock_set_master). */
HAK_HIDDEN bool lock_is_reentered(void);

/*
 * Bracket a change to thread-private data, so that a signal handler on this thread acts
 * as if a lock were held.
 */
static inline void critical_enter(void)
{
	critical_depth++;
	signal_fence();
}

static inline void critical_leave(void)
{
	signal_fence();
	critical_depth--;
}

/* While the process has never had a second thread no atomic instruction is needed. */
static inline bool lock_is_alone(void)
{
	return __libc_single_threaded != 0;
}

/*
 * For the fork handlers: they call lock_fork_start() before the first lock and
 * lock_fork_end() after the last one.  A signal handler may call fork() although its
 * thread holds locks, also while it interrupts another fork().  lock_fork() passes over
 * a lock that the thread holds already, and over one that another thread keeps for too
 * long, since that thread may wait for one of ours.  Then it returns false.
 */
HAK_HIDDEN void lock_fork_start(void);
HAK_HIDDEN bool lock_fork(struct lock *l, enum fork_step step);
HAK_HIDDEN void lock_fork_end(void);

/*
 * While on, taking and giving locks does nothing in the calling thread.  For a thread
 * that holds all locks (between the fork handlers), or that aborts while it holds some,
 * and then runs code of the program that may allocate.
 */
HAK_HIDDEN void lock_set_master(bool on);

#endif /* HAK_LOCK_H */
