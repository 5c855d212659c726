/* SPDX-License-Identifier: MIT */
/*
 * sandbox: which of our calls of the system would end the process, because it has
 * put itself under a filter that was written with libc's malloc in mind.
 *
 * Only what a process does to itself is seen here; a filter that came through
 * execve() let the loader do all that we do.
 */
#ifndef HAK_SANDBOX_H
#define HAK_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"

enum sandbox_call {
	SANDBOX_MMAP,
	SANDBOX_MUNMAP,
	SANDBOX_MREMAP,
	SANDBOX_MPROTECT,
	SANDBOX_MADVISE,
	SANDBOX_CALLS
};

/* A bit for each call that must not be made; bits are only added.  Relaxed. */
extern HAK_HIDDEN uint32_t sandbox_forbidden;

static inline bool sandbox_allows(enum sandbox_call call)
{
	return likely((load_relaxed(&sandbox_forbidden) >> call & 1) == 0);
}

struct sock_fprog;

/* pre: the kernel has accepted it for this thread. */
HAK_HIDDEN HAK_COLD void sandbox_filter(const struct sock_fprog *filter);

/* Not even memory can be asked for any more. */
HAK_HIDDEN HAK_COLD void sandbox_strict(void);

#endif /* HAK_SANDBOX_H */
