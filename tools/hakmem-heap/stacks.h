/* SPDX-License-Identifier: MIT */
/*
 * stacks: the call stacks of one profile, or of two to compare, as numbers of
 * functions, each stack once and in order.
 */
#ifndef HAKMEM_HEAP_STACKS_H
#define HAKMEM_HEAP_STACKS_H

#include "names.h"
#include "profile.h"
#include "symbols.h"

/* Of two profiles that are compared.  A single one is the second. */
enum side { BEFORE, NOW, SIDES };

/* Deeper stacks lose their outermost functions. */
#define DEPTH_MOST 1000

struct stack {
	size_t *name, depth; /* in order of the tree: from the root, or from the leaf */
	uint64_t value[SIDES];
};

struct stacks {
	struct names names;
	struct stack *stack;
	size_t count, room;
	uint64_t total[SIDES];
	bool all_frames; /* also the allocator's own */
};

/* Adds the samples of a profile, the innermost function first. */
void stacks_add(struct stacks *all, const struct profile *p, enum side side,
		struct symbols *s);

/* Turns them round if `from_root`, sorts them, and adds up those that are the same. */
void stacks_sort(struct stacks *all, bool from_root);

void stacks_free(struct stacks *all);

#endif /* HAKMEM_HEAP_STACKS_H */
