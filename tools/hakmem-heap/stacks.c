/* SPDX-License-Identifier: MIT */
#include "stacks.h"

#include "bench/common.h"
#include "text.h"
#include "tools/hakmem-bench/memory.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* ---- the functions of each location ---- */

struct functions {
	struct names *names;
	size_t *name, count; /* the innermost first; NULL as long as nobody asked */
};

static void take_function(void *to, const struct frame *frame)
{
	struct functions *f = to;

	f->name = realloc(f->name, (f->count + 1) * sizeof(*f->name));
	if (!f->name)
		fail("out of memory");
	f->name[f->count++] = names_add(f->names, frame);
}

/* ---- one stack ---- */

struct building {
	struct stacks *all;
	const struct profile *p;
	struct symbols *symbols;
	struct functions *functions; /* of each location of the profile */
	size_t name[DEPTH_MOST];
	size_t depth, cut;
};

static void add_function(struct building *b, size_t name)
{
	if (b->depth < DEPTH_MOST)
		b->name[b->depth++] = name;
	else
		b->cut++;
}

/* The allocator's own symbols are looked for only where they will be seen. */
static void find_functions(struct building *b, const struct location *l, struct functions *f)
{
	const char *module = l->mapping ? text_base(l->mapping->file) : "";

	f->names = &b->all->names;
	if (!b->all->all_frames && is_allocator_module(module))
		take_function(f, &(struct frame){"(allocator)", module, ""});
	else
		symbols_find(b->symbols, l, take_function, f);
}

static void add_location(struct building *b, const struct location *l)
{
	struct functions *f = &b->functions[l - b->p->location];

	if (!f->name)
		find_functions(b, l, f);
	for (size_t i = 0; i < f->count; i++)
		add_function(b, f->name[i]);
}

/* How many of the innermost functions belong to the allocator; never all of them. */
static size_t hidden(const struct building *b)
{
	size_t count = 0;

	if (b->all->all_frames)
		return 0;
	while (count + 1 < b->depth && b->all->names.name[b->name[count]].allocator)
		count++;
	return count;
}

static struct stack *new_stack(struct stacks *all)
{
	if (all->count == all->room) {
		all->room = all->room ? 2 * all->room : 256;
		all->stack = realloc(all->stack, all->room * sizeof(*all->stack));
		if (!all->stack)
			fail("out of memory");
	}
	return &all->stack[all->count++];
}

static void add_sample(struct building *b, const struct sample *sample, enum side side)
{
	struct stack *stack = new_stack(b->all);
	size_t skip;

	b->depth = 0;
	for (size_t i = 0; i < sample->depth; i++)
		add_location(b, sample->stack[i]);
	if (b->depth == 0)
		add_function(b, names_add(&b->all->names, &(struct frame){"(no stack)", "", ""}));
	skip = hidden(b);
	*stack = (struct stack){.depth = b->depth - skip};
	stack->name = get_memory(stack->depth, sizeof(*stack->name));
	memcpy(stack->name, b->name + skip, stack->depth * sizeof(*stack->name));
	stack->value[side] = sample->value;
}

void stacks_add(struct stacks *all, const struct profile *p, enum side side,
		struct symbols *s)
{
	struct building b = {.all = all, .p = p, .symbols = s};

	b.functions = get_memory(p->locations, sizeof(*b.functions));
	for (size_t i = 0; i < p->samples; i++)
		if (p->sample[i].value > 0)
			add_sample(&b, &p->sample[i], side);
	all->total[side] = p->total;
	if (b.cut > 0)
		warnx("stacks of more than %d functions are shown without the outermost ones",
		      DEPTH_MOST);
	for (size_t i = 0; i < p->locations; i++)
		free(b.functions[i].name);
	free(b.functions);
}

/* ---- order ---- */

static int compare_names(const void *a, const void *b, void *names)
{
	const struct name *x = &((struct name *)names)[*(const size_t *)a];
	const struct name *y = &((struct name *)names)[*(const size_t *)b];
	int order = strcmp(x->label, y->label);

	return order ? order : strcmp(x->module, y->module);
}

/* Numbers the names in their order, so that numbers compare as names do. */
static void renumber(struct stacks *all)
{
	struct names *n = &all->names;
	size_t *order = get_memory(n->count, sizeof(*order));
	size_t *rank = get_memory(n->count, sizeof(*rank));
	struct name *sorted = get_memory(n->count, sizeof(*sorted));

	for (size_t i = 0; i < n->count; i++)
		order[i] = i;
	qsort_r(order, n->count, sizeof(*order), compare_names, n->name);
	for (size_t i = 0; i < n->count; i++) {
		rank[order[i]] = i;
		sorted[i] = n->name[order[i]];
	}
	for (size_t i = 0; i < all->count; i++)
		for (size_t j = 0; j < all->stack[i].depth; j++)
			all->stack[i].name[j] = rank[all->stack[i].name[j]];
	free(n->name);
	n->name = sorted;
	free(order);
	free(rank);
}

static void turn_round(struct stack *s)
{
	for (size_t i = 0; i < s->depth / 2; i++) {
		size_t name = s->name[i];

		s->name[i] = s->name[s->depth - 1 - i];
		s->name[s->depth - 1 - i] = name;
	}
}

static int compare_stacks(const void *a, const void *b)
{
	const struct stack *x = a, *y = b;
	size_t depth = x->depth < y->depth ? x->depth : y->depth;

	for (size_t i = 0; i < depth; i++)
		if (x->name[i] != y->name[i])
			return x->name[i] < y->name[i] ? -1 : 1;
	return (x->depth > y->depth) - (x->depth < y->depth);
}

/* Of sorted ones. */
static void add_up(struct stacks *all)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct stack *s = &all->stack[i];

		if (kept == 0 || compare_stacks(&all->stack[kept - 1], s) != 0) {
			all->stack[kept++] = *s;
			continue;
		}
		for (int side = 0; side < SIDES; side++)
			all->stack[kept - 1].value[side] += s->value[side];
		free(s->name);
	}
	all->count = kept;
}

void stacks_sort(struct stacks *all, bool from_root)
{
	if (all->count == 0)
		return;
	renumber(all);
	for (size_t i = 0; from_root && i < all->count; i++)
		turn_round(&all->stack[i]);
	qsort(all->stack, all->count, sizeof(*all->stack), compare_stacks);
	add_up(all);
}

void stacks_free(struct stacks *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->stack[i].name);
	free(all->stack);
	names_free(&all->names);
}
