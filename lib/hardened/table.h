/* SPDX-License-Identifier: MIT */
/*
 * hardened: which mapped blocks live, by their address.  Under the lock of the
 * mapped blocks.
 */
#ifndef HAK_HARDENED_TABLE_H
#define HAK_HARDENED_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct mapping {
	char *block; /* NULL: no mapping */
	size_t size; /* of the request */
	char *base;  /* of all that is reserved */
	size_t bytes;
	size_t closed; /* bytes before, and behind, that are closed */
};

/* Room for one more, so that table_add() cannot fail.  False: no memory. */
HAK_HIDDEN bool table_reserve(void);
HAK_HIDDEN void table_add(const struct mapping *m);
/* The mapping of the block at this address, or NULL; valid until a change. */
HAK_HIDDEN struct mapping *table_find(const void *block);
HAK_HIDDEN void table_remove(struct mapping *m);

#endif /* HAK_HARDENED_TABLE_H */
