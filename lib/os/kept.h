/* SPDX-License-Identifier: MIT */
/*
 * kept: address ranges that the system refused to take back, for os_map() to
 * give out again.  At max_map_count munmap() of the middle of a mapping fails,
 * and the kernel joins neighbours into one.
 *
 * A table of a fixed size, neighbours joined; what finds no place in it is lost
 * as address space.  Thread-safe (its own lock, last rank), and safe in a signal
 * handler that interrupted its holder: there it keeps and finds nothing.
 */
#ifndef HAK_KEPT_H
#define HAK_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/lock.h"

struct kept_range {
	char *base;
	size_t size; /* bytes */
	bool clean;  /* it reads as zero */
};

/* Remembers a range, which nobody else knows any more. */
HAK_HIDDEN void kept_add(const struct kept_range *range);

/* Takes `size` bytes at a multiple of `alignment` out of it.  False: none. */
HAK_HIDDEN bool kept_take(size_t size, size_t alignment, struct kept_range *out);

/* Takes any whole range out of it.  False: there is none. */
HAK_HIDDEN bool kept_pop(struct kept_range *out);

/* For the fork handlers (heap/fork.c). */
HAK_HIDDEN void kept_fork(enum fork_step step);

#endif /* HAK_KEPT_H */
