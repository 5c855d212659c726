/* SPDX-License-Identifier: MIT */
/* heap: what the commands share. */
#ifndef HAKMEM_HEAP_HEAP_H
#define HAKMEM_HEAP_HEAP_H

#include <jansson.h>
#include <stdio.h>

#include "arguments.h"
#include "stacks.h"
#include "tree.h"

struct heap {
	struct stacks stacks;
	char *unit; /* of the values, such as "bytes" */
};

/* Reads the profiles of the command line. */
struct heap heap_read(const struct arguments *a);
void heap_free(struct heap *h);

/* As people read it: "stdin" for "-". */
const char *heap_file_name(const char *path);

/* Writes the object and ends it. */
void heap_write_json(FILE *out, json_t *object);

/* The members that every object has: what the values are, and their sums. */
json_t *heap_json(const struct arguments *a, const struct heap *h);

/* Adds the members "function" and "module". */
void heap_json_name(json_t *object, const struct name *n);

/* What each function holds itself, and with those that it calls. */
struct held {
	size_t name;
	uint64_t flat[SIDES], cum[SIDES];
};

/* One for each name, to be freed. */
struct held *heap_held(const struct stacks *all);

void command_top(const struct arguments *a, const struct heap *h, FILE *out);
void command_tree(const struct arguments *a, const struct heap *h, FILE *out);
void command_diff(const struct arguments *a, const struct heap *h, FILE *out);
void command_pprof(const struct arguments *a, const struct heap *h, FILE *out);
void command_flame(const struct arguments *a, const struct heap *h, FILE *out);

#endif /* HAKMEM_HEAP_HEAP_H */
