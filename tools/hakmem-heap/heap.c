/* SPDX-License-Identifier: MIT */
#include "heap.h"

#include "bench/common.h"
#include "bytes.h"
#include "tools/hakmem-bench/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

const char *heap_file_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "stdin" : path;
}

static void read_side(struct heap *h, const struct arguments *a, const char *path,
		      enum side side, struct symbols *s)
{
	struct bytes b = bytes_read(path);
	struct profile p;
	char *why = profile_decode(&p, b.data, b.size, a->kind);

	free(b.data);
	if (why)
		fail("%s %s", heap_file_name(path), why);
	if (p.samples == 0)
		fail("%s has no samples", heap_file_name(path));
	stacks_add(&h->stacks, &p, side, s);
	free(h->unit);
	h->unit = copy_text(p.unit);
	profile_free(&p);
}

struct heap heap_read(const struct arguments *a)
{
	struct heap h = {.unit = NULL};
	struct symbols s = {.lines = a->lines};

	h.stacks.all_frames = a->all_frames;
	if (a->base)
		read_side(&h, a, a->base, BEFORE, &s);
	read_side(&h, a, a->file, NOW, &s);
	symbols_close(&s);
	stacks_sort(&h.stacks, a->command->from_root && !a->callers);
	return h;
}

void heap_free(struct heap *h)
{
	stacks_free(&h->stacks);
	free(h->unit);
}

/* ---- JSON ---- */

void heap_write_json(FILE *out, json_t *object)
{
	/* Errors of writing are seen when the stream is closed. */
	json_dumpf(object, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(object);
}

json_t *heap_json(const struct arguments *a, const struct heap *h)
{
	json_t *object = json_pack("{s:s, s:s}", "value", a->kind, "unit", h->unit);

	if (!object)
		fail("out of memory");
	if (a->base)
		json_object_set_new(object, "before",
				    json_integer((json_int_t)h->stacks.total[BEFORE]));
	json_object_set_new(object, a->base ? "after" : "total",
			    json_integer((json_int_t)h->stacks.total[NOW]));
	return object;
}

void heap_json_name(json_t *object, const struct name *n)
{
	json_object_set_new(object, "function", json_string(n->label));
	json_object_set_new(object, "module", json_string(n->module));
}

/* ---- functions ---- */

struct held *heap_held(const struct stacks *all)
{
	struct held *held = get_memory(all->names.count, sizeof(*held));
	size_t *seen = get_memory(all->names.count, sizeof(*seen));

	for (size_t i = 0; i < all->names.count; i++)
		held[i].name = i;
	for (size_t i = 0; i < all->count; i++) {
		const struct stack *s = &all->stack[i];

		for (int side = 0; side < SIDES; side++)
			held[s->name[0]].flat[side] += s->value[side];
		/* A function that calls itself counts once. */
		for (size_t j = 0; j < s->depth; j++) {
			if (seen[s->name[j]] == i + 1)
				continue;
			seen[s->name[j]] = i + 1;
			for (int side = 0; side < SIDES; side++)
				held[s->name[j]].cum[side] += s->value[side];
		}
	}
	free(seen);
	return held;
}
