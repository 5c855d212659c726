/* SPDX-License-Identifier: MIT */
/*
 * profiler: which blocks nothing reaches.
 *
 * Conservative: each aligned word that could be a pointer to a block, or into it, is one.
 * Roots are what the program can see without a block: its mappings, stacks, registers.
 * A lost block is a leak itself, or it hangs on one: it is reached from there.
 */
#ifndef HAK_PROFILER_SEARCH_H
#define HAK_PROFILER_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory.h"
#include "profile/profiler.h"
#include "threads.h"

/* Blocks that are no samples, and were found all the same. */
#define STRANGERS_MAX 65536u

/* What is known of a block.  From LED_BY on: it hangs on that leak, or is it. */
enum { UNKNOWN, REACHED, LOST, LED_BY };

/* In the memory of memory_open(), which is no root. */
struct search {
	const struct leak_facts *facts;
	struct memory memory;
	size_t blocks;
	uintptr_t *block;     /* sorted */
	size_t *usable;	      /* of each, in bytes */
	const struct sample **sample; /* of each */
	size_t *state;	      /* of each */
	size_t *start;	      /* that lead to all others */
	size_t *pending;      /* reached, but not looked into yet */
	size_t pendings;
	size_t from, to;      /* the change of state that is going on */
	uintptr_t *hole, *hole_end; /* what is no root, in order */
	size_t holes;
	uintptr_t *stranger;  /* a hash table */
	size_t strangers;
	uintptr_t *waiting;   /* strangers not looked into yet */
	size_t waitings;
	size_t bytes;	      /* of all of this */
};

/* NULL: no memory. */
struct search *search_make(const struct leak_facts *facts, const struct sample *table,
			   size_t places);
void search_free(struct search *s);

/*
 * Finds the state of each block.  own: the lowest address of the caller's stack that may
 * hold pointers of the program.  threads: the others; NULL: there are none, or what of
 * their stacks is in use is not known.  0, or an error number.
 */
int search_run(struct search *s, uintptr_t own, const struct threads *threads);

#endif /* HAK_PROFILER_SEARCH_H */
