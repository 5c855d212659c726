/* SPDX-License-Identifier: MIT */
/* names: each function of a profile once, by a number. */
#ifndef HAKMEM_HEAP_NAMES_H
#define HAKMEM_HEAP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbols.h"

struct name {
	char *label, *module; /* of the function, with its place where that is known */
	size_t function; /* the length of its own name in the label */
	bool allocator; /* a function whose work is to allocate */
	uint32_t hash;
};

struct names {
	struct name *name;
	size_t count;
	size_t *slot; /* a hash table of numbers + 1 */
	size_t slots;
};

/* The number of it: a new one if it was not seen yet. */
size_t names_add(struct names *n, const struct frame *f);

/* Is it a library that does nothing but allocate? */
bool is_allocator_module(const char *module);

/* Such as "main [server]", to be freed. */
char *name_with_module(const struct name *n);

/* The same number for the same text in every run. */
uint32_t text_hash(const char *text);

void names_free(struct names *n);

#endif /* HAKMEM_HEAP_NAMES_H */
