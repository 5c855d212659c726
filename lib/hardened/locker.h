/* SPDX-License-Identifier: MIT */
/*
 * hardened: what a thread has taken out of the bins for its next allocations, and
 * what it freed and has not put into them yet, some slots of each size: so a bin
 * is locked once for several calls.
 *
 * A locker is its thread's alone, without a lock; critical_enter() keeps the
 * thread's signal handlers from it.  Lockers are never freed: that of a thread
 * that ended is emptied, and waits for another thread.
 */
#ifndef HAK_LOCKER_H
#define HAK_LOCKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "base/lock.h"
#include "hardened/delay.h"
#include "hardened/slot_bin.h"
#include "size_class/size_class.h"

/* Slots of so many bytes are ready, and as many freed; at least, and at most: */
#define MAGAZINE_BYTES ((size_t)8 << 10)
#define MAGAZINE_LEAST 8u
#define MAGAZINE_MOST 32u

struct magazine {
	uint32_t ready_count, freed_count;
	uint32_t want; /* slots to take next; doubles, 0 stands for 1 */
	struct ready ready[MAGAZINE_MOST]; /* to hand out, last one first */
	ticket freed[MAGAZINE_MOST];	   /* to be delayed, first one first */
};

struct locker {
	/* Bytes that its threads were handed out less those they freed; wraps. */
	size_t live;		  /* written by its thread, read relaxed */
	uint16_t number;	  /* in the table; constant */
	uint8_t exit_rounds;	  /* destructor rounds seen */
	bool alive;		  /* has a thread; under the list's lock, as are these */
	struct locker *dead_next; /* of those without a thread */
	struct magazine magazine[SLOT_BINS];
};

/* So many threads have one at the same time, at most. */
#define LOCKERS 4096u

/*
 * By number, set once, release.  Numbers of threads without a locker stand for
 * NULL: LOCKER_NONE, and LOCKER_LATE of a thread that ends.
 */
#define LOCKER_NONE 0u
#define LOCKER_LATE (LOCKERS + 1)
extern HAK_HIDDEN struct locker *lockers[LOCKERS + 2];

/* The number of the calling thread's: 2 bytes, since static TLS is scarce. */
extern HAK_HIDDEN __thread uint16_t locker_number
	__attribute__((tls_model("initial-exec")));

/* The calling thread's, or NULL. */
static inline struct locker *locker_own(void)
{
	return load_relaxed(&lockers[locker_number]);
}

/* Once, before all others. */
HAK_HIDDEN void locker_start(void);

/*
 * Gives the calling thread one.  NULL: it cannot have any, because it ends, has
 * locks in hand, or there is no memory.  May allocate.
 */
HAK_HIDDEN HAK_COLD struct locker *locker_attach(void);

/* The same, with one made if need be.  NULL: the bins have to do. */
static inline struct locker *locker_use(void)
{
	struct locker *l = locker_own();

	if (unlikely(critical_depth != 0))
		return NULL;
	return likely(l != NULL) ? l : locker_attach();
}

/* Bytes of live slots, less those that lockers count; relaxed. */
extern HAK_HIDDEN size_t locker_other_live;

/* A slot was handed out, or freed (less than 0).  l: the calling thread's, or NULL. */
static inline void locker_count(struct locker *l, size_t bytes)
{
	if (likely(l != NULL))
		count_relaxed(&l->live, bytes);
	else
		add_relaxed(&locker_other_live, bytes);
}

/* Puts the freed slots of a magazine into their bins. */
HAK_HIDDEN void locker_empty_freed(struct magazine *m);

/* Puts all that is in the calling thread's into the bins. */
HAK_HIDDEN HAK_COLD void locker_empty(void);

/* The sum of what was counted: a relaxed look. */
HAK_HIDDEN size_t locker_live(void);

HAK_HIDDEN void locker_fork(enum fork_step step);

#endif /* HAK_LOCKER_H */
