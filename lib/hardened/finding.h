/* SPDX-License-Identifier: MIT */
/*
 * hardened: what a check found, and the one line that tells it.  Found under a
 * lock, told without one.
 */
#ifndef HAK_FINDING_H
#define HAK_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

enum finding_kind {
	FINDING_NONE,
	/* The pointer is wrong; HAKMEM_BAD_FREE says what follows. */
	FINDING_FOREIGN,     /* no memory of this allocator */
	FINDING_INSIDE,	     /* memory of it, where no block begins */
	FINDING_NEVER,	     /* a block that was never handed out */
	FINDING_FREED,	     /* a block that was freed before */
	FINDING_WRONG_SIZE,  /* freed as a block of another size */
	/* Memory was overwritten; the process ends. */
	FINDING_DAMAGE,
	FINDING_AFTER_END,    /* behind the end of the block */
	FINDING_BEFORE_START, /* just before its start */
	FINDING_WHILE_FREE    /* in it, after it was freed */
};

struct finding {
	enum finding_kind kind;
	const void *block;
	size_t size;	/* of the request; 0: unknown */
	size_t offset;	/* of the first bad byte, for FINDING_WHILE_FREE */
	size_t said;	/* for FINDING_WRONG_SIZE */
};

/* Inline, so that where nothing is found no finding stands in memory. */
static inline void finding_make(struct finding *f, enum finding_kind kind,
				const void *block, size_t size)
{
	f->kind = kind;
	f->block = block;
	f->size = size;
}

HAK_HIDDEN HAK_COLD void finding_tell(const struct finding *f, const char *call);

/*
 * Tells it, if it is one, and aborts, or lets the program go on.  Returns
 * whether nothing was found.
 */
static inline bool finding_none(const struct finding *f, const char *call)
{
	if (likely(f->kind == FINDING_NONE))
		return true;
	finding_tell(f, call);
	return false;
}

#endif /* HAK_FINDING_H */
