/* SPDX-License-Identifier: MIT */
/*
 * hardened: HAKMEM_HARDENED=1, an allocator of its own behind the same calls.
 *
 * No thread has a heap then, so every call ends in the slow paths of the api box,
 * which come here; the fast paths are as they are without this mode.
 *
 *   slots    up to CACHED_MAX: slabs with everything known about a block out of
 *            line, random places, delayed reuse, canaries, zeros, guard pages
 *   mapped   above: a mapping between guard pages for each block
 *
 * Findings: a pointer that is no live block is treated as HAKMEM_BAD_FREE says;
 * memory that was written where it must not be always ends the process.
 * Thread-safe.
 */
#ifndef HAK_HARDENED_H
#define HAK_HARDENED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "base/lock.h"
#include "registry/page_registry.h"

enum hardened_mode { HARDENED_UNDECIDED, HARDENED_OFF, HARDENED_ON };

/* Written once, when options are known, release; read acquire. */
extern HAK_HIDDEN uint32_t hardened_mode;

/*
 * Decides, once `load` could read the options.  True: the mode is to be on; it
 * stays undecided while there is no memory to start it.
 */
HAK_HIDDEN HAK_COLD bool hardened_decide(void (*load)(void));

/* Does an address with this registry word lie in a slot? */
static inline bool hardened_is_slot(uint32_t word)
{
	return word_owner(word) == OWNER_HARDENED;
}

/* *zeroed: every byte of it reads as zero.  NULL: no memory. */
HAK_HIDDEN void *hardened_alloc(size_t size, size_t alignment, bool *zeroed);

/* pre for these: it is a slot's or nobody's, and not NULL. */
HAK_HIDDEN void hardened_free(void *block);
/* Is it what its program says it was asked for? */
HAK_HIDDEN HAK_COLD void hardened_check_size(const void *block, size_t alignment,
					     size_t size);
/*
 * The bytes that were asked for, in *size; false when it is no live block and
 * the program may go on.
 */
HAK_HIDDEN bool hardened_size(const void *block, const char *call, size_t *size);
/* Resizes where it stands; false when that cannot be.  pre: it is live. */
HAK_HIDDEN bool hardened_resize(void *block, size_t size);
HAK_HIDDEN bool hardened_owns(const void *block);

/*
 * For a signal handler that interrupted its thread with locks of ours: takes a
 * block to be freed by a later allocation, and looks at the size of one that is
 * right; 0: that cannot be told now.
 */
HAK_HIDDEN HAK_COLD void hardened_leave(void *block);
HAK_HIDDEN HAK_COLD size_t hardened_peek(const void *block);

/* Gives free memory back.  Returns the bytes. */
HAK_HIDDEN size_t hardened_purge(void);
/* For a program at its limit: nothing that was freed waits any longer. */
HAK_HIDDEN void hardened_make_room(void);

/* The bytes of all live blocks, as slots and mappings: a relaxed look. */
HAK_HIDDEN size_t hardened_live(void);

/* For the fork handlers (heap/fork.c). */
HAK_HIDDEN void hardened_fork(enum fork_step step);

#endif /* HAK_HARDENED_H */
