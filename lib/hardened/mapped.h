/* SPDX-License-Identifier: MIT */
/*
 * hardened: blocks above SLOTS_MAX, each in a mapping of its own.
 *
 *   closed page | front | block | back | closed page
 *
 * The block ends as near to the page behind as its alignment lets it: `back` is
 * under 16 bytes for most, and filled with canaries, as are up to 64 bytes before
 * the block.  One of whole pages has closed ones right before and behind.
 *
 * A freed mapping loses its pages and stays closed until SEALED_SLOTS others were
 * freed or SEALED_BYTES are reserved so.  Where the system has no mappings left, closed
 * pages are done without.
 */
#ifndef HAK_MAPPED_H
#define HAK_MAPPED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/lock.h"
#include "hardened/finding.h"

/* Always zeroed; NULL: no memory. */
HAK_HIDDEN void *mapped_alloc(size_t size, size_t alignment);

/* pre for these: the address lies in no span. */
HAK_HIDDEN void mapped_free(void *block, struct finding *f);
HAK_HIDDEN void mapped_look(const void *block, struct finding *f);
/* Resizes within the mapping; false: it needs another. */
HAK_HIDDEN bool mapped_resize(void *block, size_t size, struct finding *f);

/* Gives back the address space of freed mappings.  Returns the bytes. */
HAK_HIDDEN size_t mapped_purge(void);

/* The bytes of live mappings: a relaxed look. */
HAK_HIDDEN size_t mapped_live(void);

HAK_HIDDEN void mapped_fork(enum fork_step step);

#endif /* HAK_MAPPED_H */
