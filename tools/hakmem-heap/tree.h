/* SPDX-License-Identifier: MIT */
/* tree: stacks put together where they begin with the same functions. */
#ifndef HAKMEM_HEAP_TREE_H
#define HAKMEM_HEAP_TREE_H

#include "stacks.h"

struct node {
	size_t name, depth; /* the root, which is of no function, has depth 0 */
	uint64_t total[SIDES], self[SIDES]; /* with and without what lies below */
	size_t child, next; /* the first below, and the next beside; 0: none */
};

struct tree {
	struct node *node; /* [0] is the root; below each, in order of names */
	size_t count;
};

/* Of sorted stacks. */
struct tree tree_build(const struct stacks *all);
void tree_free(struct tree *t);

/*
 * The nodes below one that have a share of the whole, the largest first; to be freed.
 * Of the others only the number and the sum are given.
 */
struct below {
	size_t *node, count;
	size_t small;
	uint64_t small_total;
};
struct below tree_below(const struct tree *t, size_t node, double share);

#endif /* HAKMEM_HEAP_TREE_H */
