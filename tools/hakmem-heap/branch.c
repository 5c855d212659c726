/* SPDX-License-Identifier: MIT */
/* tree: the calls that led to what is held, from the root or from the leaf. */
#include "heap.h"

#include "text.h"
#include "tools/hakmem-bench/memory.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#define SHARE 0.01

struct drawing {
	FILE *out;
	const struct heap *h;
	const struct tree *t;
	double share;
	bool utf8, callers;
};

/* ---- text ---- */

static void write_columns(const struct drawing *d, uint64_t total, uint64_t self)
{
	char number[NUMBER_SIZE], share[NUMBER_SIZE], own[NUMBER_SIZE];

	fprintf(d->out, "%10s  %s", text_number(number, total, d->h->unit),
		text_share(share, total, d->t->node[0].total[NOW]));
	/* From the leaf, all that a function holds itself is its total. */
	if (!d->callers)
		fprintf(d->out, " %10s", self ? text_number(own, self, d->h->unit) : "");
	fputs("  ", d->out);
}

static void write_node(const struct drawing *d, const struct node *n, const char *prefix,
		       const char *mark)
{
	write_columns(d, n->total[NOW], n->self[NOW]);
	fprintf(d->out, "%s%s%s\n", prefix, mark, d->h->stacks.names.name[n->name].label);
}

static void write_small(const struct drawing *d, const struct below *b, const char *prefix)
{
	if (b->small == 0)
		return;
	write_columns(d, b->small_total, 0);
	fprintf(d->out, "%s%s(%zu smaller)\n", prefix, d->utf8 ? "└─ " : "`- ", b->small);
}

/*
 * What lies below a node.  An only child stands below its parent without a mark, so that
 * long chains of calls stay at the left.
 */
static void write_below(const struct drawing *d, size_t node, const char *prefix)
{
	struct below b = tree_below(d->t, node, d->share);
	size_t lines = b.count + (b.small > 0);

	for (size_t i = 0; i < b.count; i++) {
		bool last = i + 1 == lines;
		const char *mark = lines == 1 ? "" : d->utf8 ? (last ? "└─ " : "├─ ") :
							       (last ? "`- " : "|- ");
		const char *rail = lines == 1 ? "" : last ? "   " : d->utf8 ? "│  " : "|  ";
		char *deeper = print_text("%s%s", prefix, rail);

		write_node(d, &d->t->node[b.node[i]], prefix, mark);
		write_below(d, b.node[i], deeper);
		free(deeper);
	}
	write_small(d, &b, prefix);
	free(b.node);
}

static void write_text(const struct drawing *d, const struct arguments *a)
{
	char total[NUMBER_SIZE];

	fprintf(d->out, "%s: %s in %zu %s\n", a->kind,
		text_number(total, d->h->stacks.total[NOW], d->h->unit), d->h->stacks.count,
		d->h->stacks.count == 1 ? "stack" : "stacks");
	fprintf(d->out, "%10s  %6s%s  %s\n", "total", "", d->callers ? "" : "       self",
		d->callers ? "function, and below it who calls it" :
			     "function, and below it what it calls");
	write_below(d, 0, "");
}

/* ---- JSON ---- */

static json_t *below_json(const struct drawing *d, size_t node)
{
	struct below b = tree_below(d->t, node, d->share);
	json_t *array = json_array();

	for (size_t i = 0; i < b.count; i++) {
		const struct node *n = &d->t->node[b.node[i]];
		json_t *object = json_object();

		heap_json_name(object, &d->h->stacks.names.name[n->name]);
		json_object_set_new(object, "total", json_integer((json_int_t)n->total[NOW]));
		if (!d->callers)
			json_object_set_new(object, "self",
					    json_integer((json_int_t)n->self[NOW]));
		json_object_set_new(object, "below", below_json(d, b.node[i]));
		json_array_append_new(array, object);
	}
	free(b.node);
	return array;
}

static void write_json(const struct drawing *d, const struct arguments *a)
{
	json_t *object = heap_json(a, d->h);

	json_object_set_new(object, "below", below_json(d, 0));
	heap_write_json(d->out, object);
}

void command_tree(const struct arguments *a, const struct heap *h, FILE *out)
{
	struct tree t = tree_build(&h->stacks);
	struct drawing d = {
		.out = out,
		.h = h,
		.t = &t,
		.share = a->share < 0 ? SHARE : a->share,
		.callers = a->callers,
		.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	};

	(a->json ? write_json : write_text)(&d, a);
	tree_free(&t);
}
