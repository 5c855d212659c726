/* SPDX-License-Identifier: MIT */
/* top: functions by what they hold. */
#include "heap.h"

#include "text.h"

#include <stdlib.h>

static int compare(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* The largest first. */
static int compare_flat(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	int order = compare(x->flat[NOW], y->flat[NOW]);

	order = order ? order : compare(x->cum[NOW], y->cum[NOW]);
	return order ? order : compare(y->name, x->name);
}

static int compare_cumulative(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	int order = compare(x->cum[NOW], y->cum[NOW]);

	return order ? order : compare_flat(a, b);
}

static void write_row(FILE *out, const struct heap *h, const struct held *f)
{
	uint64_t total = h->stacks.total[NOW];
	char flat[NUMBER_SIZE], cum[NUMBER_SIZE], flat_share[NUMBER_SIZE],
		cum_share[NUMBER_SIZE];
	char *name = name_with_module(&h->stacks.names.name[f->name]);

	fprintf(out, "%10s  %s %10s  %s  %s\n", text_number(flat, f->flat[NOW], h->unit),
		text_share(flat_share, f->flat[NOW], total),
		text_number(cum, f->cum[NOW], h->unit),
		text_share(cum_share, f->cum[NOW], total), name);
	free(name);
}

static void write_text(FILE *out, const struct arguments *a, const struct heap *h,
		       const struct held *held, size_t all)
{
	char total[NUMBER_SIZE];
	size_t count = a->number < all ? a->number : all;

	fprintf(out, "%s: %s in %zu %s\n", a->kind,
		text_number(total, h->stacks.total[NOW], h->unit), h->stacks.count,
		h->stacks.count == 1 ? "stack" : "stacks");
	fprintf(out, "%10s  %6s %10s  %6s  %s\n", "flat", "", "cum", "", "function");
	for (size_t i = 0; i < count; i++)
		write_row(out, h, &held[i]);
	if (count < all)
		fprintf(out, "%zu more (-n 0 shows all)\n", all - count);
}

static json_t *row_json(const struct heap *h, const struct held *f)
{
	json_t *row = json_object();

	heap_json_name(row, &h->stacks.names.name[f->name]);
	json_object_set_new(row, "flat", json_integer((json_int_t)f->flat[NOW]));
	json_object_set_new(row, "cum", json_integer((json_int_t)f->cum[NOW]));
	return row;
}

static void write_json(FILE *out, const struct arguments *a, const struct heap *h,
		       const struct held *held, size_t all)
{
	json_t *object = heap_json(a, h);
	json_t *rows = json_array();
	size_t count = a->number < all ? a->number : all;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(rows, row_json(h, &held[i]));
	json_object_set_new(object, "functions", rows);
	heap_write_json(out, object);
}

void command_top(const struct arguments *a, const struct heap *h, FILE *out)
{
	struct held *held = heap_held(&h->stacks);
	size_t count = 0;

	for (size_t i = 0; i < h->stacks.names.count; i++)
		if (held[i].cum[NOW] > 0)
			held[count++] = held[i];
	qsort(held, count, sizeof(*held), a->cumulative ? compare_cumulative : compare_flat);
	(a->json ? write_json : write_text)(out, a, h, held, count);
	free(held);
}
