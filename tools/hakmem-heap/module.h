/* SPDX-License-Identifier: MIT */
/*
 * module: the files that a profile names, opened by libdwfl.  An address counts from
 * the start of the file, so that the same file in two profiles is one module.
 */
#ifndef HAKMEM_HEAP_MODULE_H
#define HAKMEM_HEAP_MODULE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

#include "profile.h"

struct module {
	char *path, *build_id;
	const char *name; /* the last part of the path */
	Dwfl_Module *dwfl; /* NULL: only offsets can be shown; why was said */
	bool lacks_symbols, lacks_lines; /* for an address that was looked for */
};

struct modules {
	Dwfl *dwfl;
	struct module **module;
	size_t count;
};

/* Opens it when it is new.  A file that is missing or another one now is said once. */
struct module *modules_find(struct modules *all, const struct mapping *m);

/* Where libdwfl has that byte of the file. */
bool module_address(const struct module *m, uint64_t offset, Dwarf_Addr *address);

void modules_close(struct modules *all);

#endif /* HAKMEM_HEAP_MODULE_H */
