/* SPDX-License-Identifier: MIT */
/*
 * mapping: a range of Huge memory, and the parts that it is made of.
 *
 * A part is a range that the kernel moves in one piece.  Its origin says so:
 * memory gets a new one when it is mapped and each time that it is moved, so that
 * two neighbours with one origin were cut apart and may be joined again.
 *
 * Who holds the mapping (the owner of the block, or of a spare whoever holds the
 * lock or took it out of the pool) may call these on it.  No locks.
 */
#ifndef HAK_HUGE_MAPPING_H
#define HAK_HUGE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* Between two parts is a seam.  A mapping has at most so many, */
#define SEAMS_MAX 15u
/* and all together: each costs one of the 65530 mappings that a process may have. */
#define SEAMS_TOTAL 4096u

struct mapping {
	char *base;
	size_t size;	/* bytes, a multiple of GRANULE_SIZE */
	size_t usable;	/* of a block: so many of them are the program's */
	/* 0 == part[0].begin < ... < part[seams].begin < size, offsets in bytes */
	struct part {
		size_t begin;
		uint32_t origin;
	} part[SEAMS_MAX + 1];
	unsigned seams;
	struct mapping *next;	/* unused descriptors, singly linked */
};

/* It is one part, from `base` on, of an origin of its own. */
HAK_HIDDEN void mapping_is(struct mapping *m, char *base, size_t size);

/* Its longest part: the bytes, and where it begins. */
HAK_HIDDEN size_t mapping_longest(const struct mapping *m, size_t *begin);

/* May it get two more seams? */
HAK_HIDDEN bool mapping_may_add_seams(const struct mapping *m);

/*
 * The bytes from `offset` on are a part of an origin of its own.  They are one
 * already, or there are none: nothing changes.  pre: offset >= the last begin.
 */
HAK_HIDDEN void mapping_begin_part(struct mapping *m, size_t offset);

/* Forgets its first bytes, 0 < bytes < size. */
HAK_HIDDEN void mapping_drop_front(struct mapping *m, size_t bytes);

/* The bytes from `offset` on become *rest, 0 < offset < size. */
HAK_HIDDEN void mapping_cut(struct mapping *m, size_t offset, struct mapping *rest);

/* Does `next` begin where `m` ends, and would they not have too many parts? */
HAK_HIDDEN bool mapping_may_join(const struct mapping *m,
				 const struct mapping *next);

/* Appends it.  pre: mapping_may_join(m, next) */
HAK_HIDDEN void mapping_join(struct mapping *m, struct mapping *next);

/* It is a descriptor again, as if of zeros. */
HAK_HIDDEN void mapping_forget(struct mapping *m);

#endif /* HAK_HUGE_MAPPING_H */
