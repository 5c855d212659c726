/* SPDX-License-Identifier: MIT */
/*
 * model: runs a scenario, a few fibers in the library's own code, in every
 * order that differs in accesses to what they share, up to a number of
 * preemptions (switches away from a fiber that could go on).
 *
 * Memory is sequentially consistent here: what an order of memory access
 * (relaxed, acquire, release) leaves open is ThreadSanitizer's to see.
 *
 *   scheduler.c  fibers and the search
 *   memory.c     address space for the library, and the way back to the start
 *   lock.c       lib/base/lock.h for fibers, with the check of ranks
 *   threads.c    scenarios
 *   futex.c      the library's own lock instead, on a futex of the model
 */
#ifndef HAK_MODEL_H
#define HAK_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIBERS_MAX 3u

struct scenario {
	const char *name;
	unsigned preemptions;
	unsigned fibers;
	void (*run[FIBERS_MAX])(void);
	void (*prepare)(void); /* once; what it leaves is where each run begins */
	void (*finish)(void);  /* after each run: what must hold */
};

/* Explores it and prints how many runs that took. */
void model_explore(const struct scenario *scenario);

/* Says what is wrong, in which scenario and after which schedule; exits. */
void model_fail(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#define must(condition, ...)                      \
	do {                                      \
		if (!(condition))                 \
			model_fail(__VA_ARGS__);  \
	} while (0)

/* ---- for code that runs in a fiber ---- */

/* The fiber that runs, 0..FIBERS_MAX - 1; FIBERS_MAX outside of a run. */
unsigned model_fiber(void);

/* A place where others may run, whatever is accessed. */
void model_yield(void);

/* Waits until *word is `free`. */
void model_block(const uint32_t *word, uint32_t free);

/* ---- memory.c ---- */

/* Once, before anything else. */
void memory_start(void);
/* What is now is where each run begins. */
void memory_keep(void);
void memory_restore(void);
/* The page of this address is about to change. */
void memory_touch(const volatile void *address);
/* All that changed since memory_keep() is what memory_restore() restores. */
bool memory_is_covered(void);

/* ---- what differs between the two programs ---- */

/* The fiber goes, another comes: what each thread has of its own changes. */
void threads_switch(unsigned from, unsigned to);
/* Before each run. */
void threads_reset(void);

#endif /* HAK_MODEL_H */
