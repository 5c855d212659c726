/* SPDX-License-Identifier: MIT */
/* symbols: the functions at an address of a profile. */
#ifndef HAKMEM_HEAP_SYMBOLS_H
#define HAKMEM_HEAP_SYMBOLS_H

#include <stdbool.h>

#include "module.h"
#include "profile.h"

struct symbols {
	struct modules modules;
	bool lines; /* also inlined functions, and where in the source */
	bool lines_or_not; /* it is no matter if there are none */
	bool no_file; /* there was an address of no file */
};

/* One function at an address.  Text is the caller's only until the call returns. */
struct frame {
	const char *function, *module;
	const char *place; /* such as "main.c:12"; "" when it is not known or not wanted */
};

/* Calls `take` for each, the innermost first; for one at least. */
void symbols_find(struct symbols *s, const struct location *l,
		  void (*take)(void *to, const struct frame *f), void *to);

/* Says what was not found, and frees all. */
void symbols_close(struct symbols *s);

#endif /* HAKMEM_HEAP_SYMBOLS_H */
