/* SPDX-License-Identifier: MIT */
/*
 * emergency: memory without locks, for a call that finds its own thread with one of
 * this library's locks in hand: in a signal handler that interrupted a slow path, or
 * after one that left it by siglongjmp().
 *
 * Small blocks are cut from mappings and used again; a larger one is a mapping of its
 * own.  All are listed in tables of atomic slots that grow: slow, but independent of
 * whatever was interrupted.  What such a call cannot free, it leaves here for a later
 * one.
 *
 * Any thread, any time, also in signal handlers.  errno is kept.
 */
#ifndef HAK_EMERGENCY_H
#define HAK_EMERGENCY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* Zeroed memory; alignment: a power of two.  NULL: none. */
HAK_HIDDEN HAK_COLD void *emergency_alloc(size_t size, size_t alignment);

/* False: no block from here begins there, and nothing was done. */
HAK_HIDDEN HAK_COLD bool emergency_free(void *block);

/* The bytes of the block that begins there, 0: none does. */
HAK_HIDDEN HAK_COLD size_t emergency_usable(const void *block);

/* Leaves a block of the other boxes to be freed later. */
HAK_HIDDEN HAK_COLD void emergency_leave(void *block);

/* Takes all of them: a chain, linked through tiny_nextptr, or NULL. */
HAK_HIDDEN void *emergency_take_left(void);

#endif /* HAK_EMERGENCY_H */
