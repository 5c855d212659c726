/* SPDX-License-Identifier: MIT */
/*
 * hardened: blocks of up to SLOTS_MAX bytes, in slots of the class table's
 * sizes.  A slot is the block, its canary, and at its end bytes that stay zero;
 * that of a block of 0 bytes is an address where nothing can be read or written.
 *
 * Each bin stands in SHARDS copies with a lock each; a thread allocates from
 * one of them and frees to the one that a block is from, several slots at a time
 * (locker.h).
 */
#ifndef HAK_SLOTS_H
#define HAK_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/lock.h"
#include "hardened/finding.h"
#include "hardened/slot_kind.h"

/* Before all others, once.  False: no memory. */
HAK_HIDDEN bool slots_start(void);

/* The bin for it, or NO_BIN: a mapping has to serve it. */
#define NO_BIN SLOT_BINS
HAK_HIDDEN unsigned slots_bin(size_t size, size_t alignment);

/*
 * From the thread's locker, of the usual alignment; NULL: slots_alloc() has to
 * look further.  For any thread at any time, in handlers too.  Tells what it
 * finds.
 */
HAK_HIDDEN void *slots_quick(size_t size, bool *zeroed);

/* The finding is of FINDING_WHILE_FREE: the block's slot was written to. */
HAK_HIDDEN void *slots_alloc(unsigned bin, size_t size, size_t alignment, bool *zeroed,
			     struct finding *f);

/* pre for these: the word of the address is OWNER_HARDENED's. */
/* bin: what that word says.  Tells what it finds. */
HAK_HIDDEN void slots_free(void *block, unsigned bin);
/* Finds the size, in f->size. */
HAK_HIDDEN void slots_look(const void *block, struct finding *f);
/* The size of a live block, without a lock; 0: it is none. */
HAK_HIDDEN size_t slots_peek(const void *block);
/* Resizes within the slot, which is live; false: it needs another bin. */
HAK_HIDDEN bool slots_resize(void *block, size_t size, struct finding *f);

/* There is no memory: what waits may be used again at once. */
HAK_HIDDEN void slots_end_delay(void);
/* Gives the pages of empty spans back.  Returns the bytes. */
HAK_HIDDEN size_t slots_purge(void);

/* The bytes of all slots handed out: a relaxed look. */
HAK_HIDDEN size_t slots_live(void);

HAK_HIDDEN void slots_fork(enum fork_step step);

#endif /* HAK_SLOTS_H */
