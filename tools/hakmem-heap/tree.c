/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include "tools/hakmem-bench/memory.h"

#include <stdlib.h>
#include <string.h>

static void add_value(struct node *n, const struct stack *s)
{
	for (int side = 0; side < SIDES; side++)
		n->total[side] += s->value[side];
}

/* Where a stack leaves the path of the one before. */
static size_t common_depth(const struct tree *t, const size_t *path, size_t depth,
			   const struct stack *s)
{
	size_t common = 0;

	while (common < depth && common < s->depth &&
	       t->node[path[common + 1]].name == s->name[common])
		common++;
	return common;
}

static size_t add_node(struct tree *t, size_t parent, size_t *last_child, size_t name)
{
	size_t number = t->count++;
	struct node *n = &t->node[number];

	n->name = name;
	n->depth = t->node[parent].depth + 1;
	if (*last_child == 0)
		t->node[parent].child = number;
	else
		t->node[*last_child].next = number;
	*last_child = number;
	return number;
}

/* A node for each function of each stack would be the most. */
static size_t most_nodes(const struct stacks *all)
{
	size_t count = 1;

	for (size_t i = 0; i < all->count; i++)
		count += all->stack[i].depth;
	return count;
}

struct tree tree_build(const struct stacks *all)
{
	struct tree t = {get_memory(most_nodes(all), sizeof(struct node)), 1};
	size_t path[DEPTH_MOST + 1] = {0};
	/* Of each node of the path, its latest child. */
	size_t last[DEPTH_MOST + 1] = {0};
	size_t depth = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct stack *s = &all->stack[i];

		depth = common_depth(&t, path, depth, s);
		for (; depth < s->depth; depth++) {
			path[depth + 1] = add_node(&t, path[depth], &last[depth],
						   s->name[depth]);
			last[depth + 1] = 0;
		}
		for (size_t j = 0; j <= depth; j++)
			add_value(&t.node[path[j]], s);
		memcpy(t.node[path[depth]].self, s->value, sizeof(s->value));
	}
	return t;
}

void tree_free(struct tree *t)
{
	free(t->node);
}

/* ---- order by value ---- */

static int compare_totals(const void *a, const void *b, void *nodes)
{
	const struct node *x = &((struct node *)nodes)[*(const size_t *)a];
	const struct node *y = &((struct node *)nodes)[*(const size_t *)b];

	if (x->total[NOW] != y->total[NOW])
		return x->total[NOW] > y->total[NOW] ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

static size_t count_children(const struct tree *t, size_t node)
{
	size_t count = 0;

	for (size_t i = t->node[node].child; i != 0; i = t->node[i].next)
		count++;
	return count;
}

struct below tree_below(const struct tree *t, size_t node, double share)
{
	struct below b = {get_memory(count_children(t, node), sizeof(size_t)), 0, 0, 0};
	double least = share * (double)t->node[0].total[NOW];

	for (size_t i = t->node[node].child; i != 0; i = t->node[i].next) {
		if ((double)t->node[i].total[NOW] >= least) {
			b.node[b.count++] = i;
		} else {
			b.small++;
			b.small_total += t->node[i].total[NOW];
		}
	}
	qsort_r(b.node, b.count, sizeof(*b.node), compare_totals, t->node);
	return b;
}
