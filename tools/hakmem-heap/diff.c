/* SPDX-License-Identifier: MIT */
/* diff: what has grown between two profiles, by function and by stack. */
#include "heap.h"

#include "text.h"
#include "tools/hakmem-bench/memory.h"

#include <stdlib.h>

/* ---- order: what has grown most comes first, what has shrunk most last ---- */

static int compare_growth(const uint64_t *a, const uint64_t *b)
{
	int64_t x = (int64_t)(a[NOW] - a[BEFORE]), y = (int64_t)(b[NOW] - b[BEFORE]);

	return (x < y) - (x > y);
}

static int compare_functions(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	int order = compare_growth(x->flat, y->flat);

	order = order ? order : compare_growth(x->cum, y->cum);
	return order ? order : (x->name > y->name) - (x->name < y->name);
}

/* The order of equal ones is that of their names, in which they were. */
static int compare_stacks(const void *a, const void *b)
{
	const struct stack *const *x = a, *const *y = b;
	int order = compare_growth((*x)->value, (*y)->value);

	return order ? order : (*x > *y) - (*x < *y);
}

/* ---- what there is to show ---- */

struct growth {
	struct held *function;
	size_t functions;
	const struct stack **stack;
	size_t stacks;
};

static struct growth growth_of(const struct stacks *all)
{
	struct growth g = {.function = heap_held(all)};

	g.stack = get_memory(all->count, sizeof(*g.stack));
	for (size_t i = 0; i < all->names.count; i++)
		if (g.function[i].flat[NOW] != g.function[i].flat[BEFORE])
			g.function[g.functions++] = g.function[i];
	for (size_t i = 0; i < all->count; i++)
		if (all->stack[i].value[NOW] != all->stack[i].value[BEFORE])
			g.stack[g.stacks++] = &all->stack[i];
	qsort(g.function, g.functions, sizeof(*g.function), compare_functions);
	qsort(g.stack, g.stacks, sizeof(*g.stack), compare_stacks);
	return g;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- text ---- */

static void write_columns(FILE *out, const struct heap *h, const uint64_t *value)
{
	char growth[NUMBER_SIZE], before[NUMBER_SIZE], after[NUMBER_SIZE];

	fprintf(out, "%10s %10s %10s  ",
		text_growth(growth, value[BEFORE], value[NOW], h->unit),
		text_number(before, value[BEFORE], h->unit),
		text_number(after, value[NOW], h->unit));
}

static void write_heading(FILE *out, const char *what)
{
	fprintf(out, "\n%10s %10s %10s  %s\n", "growth", "before", "after", what);
}

static void write_more(FILE *out, size_t shown, size_t count)
{
	if (shown < count)
		fprintf(out, "%zu more (-n 0 shows all)\n", count - shown);
}

static void write_functions(FILE *out, const struct heap *h, const struct growth *g,
			    size_t count)
{
	write_heading(out, "function");
	for (size_t i = 0; i < count; i++) {
		char *name = name_with_module(&h->stacks.names.name[g->function[i].name]);

		write_columns(out, h, g->function[i].flat);
		fprintf(out, "%s\n", name);
		free(name);
	}
	write_more(out, count, g->functions);
}

/* The function that allocates, and below it those that called it. */
static void write_stack(FILE *out, const struct heap *h, const struct stack *s)
{
	write_columns(out, h, s->value);
	for (size_t i = 0; i < s->depth; i++)
		fprintf(out, "%*s%s%s\n", i == 0 ? 0 : 34, "", i == 0 ? "" : "  from ",
			h->stacks.names.name[s->name[i]].label);
}

static void write_stacks(FILE *out, const struct heap *h, const struct growth *g,
			 size_t count)
{
	write_heading(out, "stack");
	for (size_t i = 0; i < count; i++)
		write_stack(out, h, g->stack[i]);
	write_more(out, count, g->stacks);
}

static void write_text(FILE *out, const struct arguments *a, const struct heap *h,
		       const struct growth *g)
{
	const uint64_t *total = h->stacks.total;
	char before[NUMBER_SIZE], after[NUMBER_SIZE], growth[NUMBER_SIZE];

	fprintf(out, "%s: %s before, %s after, %s\n", a->kind,
		text_number(before, total[BEFORE], h->unit),
		text_number(after, total[NOW], h->unit),
		total[BEFORE] == total[NOW] ?
			"no growth" :
			text_growth(growth, total[BEFORE], total[NOW], h->unit));
	if (g->stacks == 0)
		return;
	write_functions(out, h, g, least(g->functions, a->number));
	write_stacks(out, h, g, least(g->stacks, a->number));
}

/* ---- JSON ---- */

static json_t *change_json(const uint64_t *value)
{
	return json_pack("{s:I, s:I, s:I}", "growth",
			 (json_int_t)value[NOW] - (json_int_t)value[BEFORE], "before",
			 (json_int_t)value[BEFORE], "after", (json_int_t)value[NOW]);
}

static json_t *functions_json(const struct heap *h, const struct growth *g, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *object = change_json(g->function[i].flat);

		heap_json_name(object, &h->stacks.names.name[g->function[i].name]);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *stack_json(const struct heap *h, const struct stack *s)
{
	json_t *object = change_json(s->value);
	json_t *stack = json_array();

	for (size_t i = 0; i < s->depth; i++) {
		json_t *function = json_object();

		heap_json_name(function, &h->stacks.names.name[s->name[i]]);
		json_array_append_new(stack, function);
	}
	json_object_set_new(object, "stack", stack);
	return object;
}

static void write_json(FILE *out, const struct arguments *a, const struct heap *h,
		       const struct growth *g)
{
	json_t *object = heap_json(a, h);
	json_t *stacks = json_array();

	json_object_set_new(object, "functions",
			    functions_json(h, g, least(g->functions, a->number)));
	for (size_t i = 0; i < least(g->stacks, a->number); i++)
		json_array_append_new(stacks, stack_json(h, g->stack[i]));
	json_object_set_new(object, "stacks", stacks);
	heap_write_json(out, object);
}

void command_diff(const struct arguments *a, const struct heap *h, FILE *out)
{
	struct growth g = growth_of(&h->stacks);

	(a->json ? write_json : write_text)(out, a, h, &g);
	free(g.function);
	free(g.stack);
}
