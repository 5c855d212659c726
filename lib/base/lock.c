/* SPDX-License-Identifier: MIT */
#include "base/lock.h"

#include <pthread.h>

#include "base/die.h"
#include "base/futex.h"

/* Turns of the loop before sleeping: a few hundred nanoseconds, as long as a refill. */
#define SPIN_LIMIT 100

enum { FREE = 0, HELD = 1, CONTENDED = 2 };

/* How many times a fork() out of order waits a millisecond for a lock. */
#define FORK_TRIES 20

__thread uint32_t critical_depth __attribute__((tls_model("initial-exec")));
/*
 * The upper bits of critical_depth: how many calls of fork() the thread is in, each in a
 * signal handler that interrupted the call before; and whether the first of them began
 * with locks in hand or with all locks open to it.
 */
#define FORK_DEPTH_SHIFT 27
#define FORK_DEPTH_MASK (15u << FORK_DEPTH_SHIFT)
#define FORK_PASSES_OVER (1u << 31)

/* How many locks of each rank this thread holds.  Only debug builds keep it. */
static __thread uint32_t held[LOCK_RANK_COUNT] __attribute__((tls_model("initial-exec")));

static void rank_enter(const struct lock *l, bool tried)
{
	if (!HAK_DEBUG_BUILD)
		return;
	for (unsigned r = l->rank + 1; r < LOCK_RANK_COUNT; r++)
		if (held[r] != 0)
			die("lock taken against the rank order");
	if (held[l->rank] != 0 && !tried && held[LOCK_RANK_HEAP_LIST] == 0)
		die("two locks of one rank");
	held[l->rank]++;
}

static void rank_leave(const struct lock *l)
{
	if (HAK_DEBUG_BUILD && held[l->rank]-- == 0)
		die("lock given back that was not held");
}

bool in_critical(void)
{
	return critical_depth != 0;
}

/* The thread to which all locks are open, 0: none.  Written by that thread, relaxed. */
HAK_NEAR static uintptr_t master;

void lock_set_master(bool on)
{
	store_relaxed(&master, on ? (uintptr_t)pthread_self() : 0);
}

static bool is_master(void)
{
	uintptr_t thread = load_relaxed(&master);

	return unlikely(thread != 0) && thread == (uintptr_t)pthread_self();
}

bool lock_is_reentered(void)
{
	return in_critical() && !is_master();
}

static uintptr_t self(void)
{
	return (uintptr_t)&critical_depth;
}

/* Also writes the state when the thread is alone: a second thread may start meanwhile. */
static bool take_unheld(struct lock *l)
{
	uint32_t expected = FREE;

	if (lock_is_alone()) {
		if (load_relaxed(&l->state) != FREE)
			return false;
		store_relaxed(&l->state, (uint32_t)HELD);
		return true;
	}
	return cas_acquire(&l->state, &expected, (uint32_t)HELD);
}

static HAK_NOINLINE void take_contended(struct lock *l)
{
	for (int i = 0; i < SPIN_LIMIT; i++) {
		cpu_pause();
		if (load_relaxed(&l->state) == FREE && take_unheld(l))
			return;
	}
	while (swap_acquire(&l->state, (uint32_t)CONTENDED) != FREE)
		futex_wait(&l->state, CONTENDED, 0);
}

void lock_take(struct lock *l)
{
	if (is_master())
		return;
	critical_enter();
	rank_enter(l, false);
	if (!take_unheld(l))
		take_contended(l);
	store_relaxed(&l->owner, self());
}

bool lock_try(struct lock *l)
{
	if (is_master())
		return true;
	critical_enter();
	if (!take_unheld(l)) {
		critical_leave();
		return false;
	}
	store_relaxed(&l->owner, self());
	rank_enter(l, true);
	return true;
}

static void let_go(struct lock *l)
{
	store_relaxed(&l->owner, (uintptr_t)0);
	if (lock_is_alone())
		store_release(&l->state, (uint32_t)FREE);
	else if (swap_release(&l->state, (uint32_t)FREE) == CONTENDED)
		futex_wake(&l->state);
	critical_leave();
}

void lock_give(struct lock *l)
{
	if (is_master())
		return;
	rank_leave(l);
	let_go(l);
}

/* ---- fork ---- */

static unsigned fork_depth(void)
{
	return (critical_depth & FORK_DEPTH_MASK) >> FORK_DEPTH_SHIFT;
}

void lock_fork_start(void)
{
	if (fork_depth() == 0 && (in_critical() || is_master()))
		store_relaxed(&critical_depth, critical_depth | FORK_PASSES_OVER);
	store_relaxed(&critical_depth, critical_depth + (1u << FORK_DEPTH_SHIFT));
}

void lock_fork_end(void)
{
	store_relaxed(&critical_depth, critical_depth - (1u << FORK_DEPTH_SHIFT));
	if (fork_depth() == 0)
		store_relaxed(&critical_depth, critical_depth & ~FORK_PASSES_OVER);
}

static bool fork_passes_over(void)
{
	return (critical_depth & FORK_PASSES_OVER) != 0 || fork_depth() > 1;
}

/* A signal handler may have interrupted the holder, so waits only for a bounded time. */
static bool take_in_time(struct lock *l)
{
	critical_enter();
	for (int i = 0; i < FORK_TRIES; i++) {
		if (take_unheld(l)) {
			store_relaxed(&l->owner, self());
			return true;
		}
		futex_wait(&l->state, load_relaxed(&l->state), 1);
	}
	critical_leave();
	return false;
}

static bool taken_by_this_fork(const struct lock *l)
{
	return load_relaxed(&l->owner) == self() && l->forks == fork_depth();
}

static void fork_take(struct lock *l)
{
	if (!fork_passes_over())
		lock_take(l);
	else if (load_relaxed(&l->owner) == self() || !take_in_time(l))
		return;
	l->forks = (uint16_t)fork_depth();
}

static void fork_reset(struct lock *l)
{
	store_relaxed(&l->owner, (uintptr_t)0);
	store_release(&l->state, (uint32_t)FREE);
	critical_leave();
}

bool lock_fork(struct lock *l, enum fork_step step)
{
	if (step == FORK_TAKE)
		fork_take(l);
	if (!taken_by_this_fork(l))
		return false;
	if (step == FORK_TAKE)
		return true;
	l->forks = 0;
	if (!fork_passes_over())
		rank_leave(l);
	if (step == FORK_GIVE)
		let_go(l);
	else
		fork_reset(l);
	return true;
}
