/* SPDX-License-Identifier: MIT */
#include "names.h"

#include "bench/common.h"
#include "tools/hakmem-bench/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- functions of allocators ---- */

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool is_allocator_module(const char *module)
{
	return starts_with(module, "libhakmem.so");
}

static bool is_allocator(const struct frame *f)
{
	static const char *const functions[] = {
		"malloc", "calloc", "realloc", "reallocarray", "memalign",
		"aligned_alloc", "posix_memalign", "valloc", "pvalloc",
	};

	if (is_allocator_module(f->module) || starts_with(f->function, "hak_") ||
	    starts_with(f->function, "operator new"))
		return true;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strcmp(f->function, functions[i]) == 0)
			return true;
	return false;
}

/* ---- the table ---- */

uint32_t text_hash(const char *text)
{
	/* FNV-1a, and a last step that spreads it to all bits. */
	uint32_t hash = UINT32_C(2166136261);

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
	hash ^= hash >> 15;
	hash *= UINT32_C(0x2c1b3c6d);
	return hash ^ hash >> 12;
}

static size_t *find_slot(const struct names *n, const struct name *wanted)
{
	size_t i = wanted->hash & (n->slots - 1);

	for (; n->slot[i] != 0; i = (i + 1) & (n->slots - 1)) {
		const struct name *other = &n->name[n->slot[i] - 1];

		if (other->hash == wanted->hash && strcmp(other->label, wanted->label) == 0 &&
		    strcmp(other->module, wanted->module) == 0)
			break;
	}
	return &n->slot[i];
}

/* Half of the slots stay free. */
static void grow(struct names *n)
{
	n->slots = n->slots ? 2 * n->slots : 256;
	free(n->slot);
	n->slot = get_memory(n->slots, sizeof(*n->slot));
	n->name = realloc(n->name, n->slots / 2 * sizeof(*n->name));
	if (!n->name)
		fail("out of memory");
	for (size_t i = 0; i < n->count; i++)
		*find_slot(n, &n->name[i]) = i + 1;
}

size_t names_add(struct names *n, const struct frame *f)
{
	struct name wanted = {
		.label = *f->place ? print_text("%s %s", f->function, f->place) :
				     copy_text(f->function),
		.module = copy_text(f->module),
		.function = strlen(f->function),
		.allocator = is_allocator(f),
	};
	size_t *slot;

	wanted.hash = text_hash(wanted.label);
	if (n->count == n->slots / 2)
		grow(n);
	slot = find_slot(n, &wanted);
	if (*slot != 0) {
		free(wanted.label);
		free(wanted.module);
		return *slot - 1;
	}
	n->name[n->count] = wanted;
	*slot = ++n->count;
	return n->count - 1;
}

char *name_with_module(const struct name *n)
{
	/* An offset has the module in it. */
	if (*n->module == '\0' || (starts_with(n->label, n->module) &&
				   starts_with(n->label + strlen(n->module), "+0x")))
		return copy_text(n->label);
	return print_text("%s [%s]", n->label, n->module);
}

void names_free(struct names *n)
{
	for (size_t i = 0; i < n->count; i++) {
		free(n->name[i].label);
		free(n->name[i].module);
	}
	free(n->name);
	free(n->slot);
}
