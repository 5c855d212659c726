/* SPDX-License-Identifier: MIT */
/*
 * arena: which SuperSlab to look at next.
 *
 * Every SuperSlab stands on the list of its longest run of free granules
 * (doubly linked, LIFO), so that the first one on a long enough list fits.
 * Those with dirty or doubted granules also stand in a FIFO, oldest first, to be purged.
 * All under the Arena's lock.
 */
#ifndef HAK_SS_LIST_H
#define HAK_SS_LIST_H

#include "superslab/superslab.h"

struct ss_lists {
	struct superslab *bucket[SUPERSLAB_GRANULES + 1]; /* LIFO */
	uint64_t nonempty;		/* bit: that bucket has one */
	struct superslab *dirty_head;	/* FIFO, singly linked */
	struct superslab **dirty_tail;	/* NULL: the FIFO is empty */
	struct superslab *descriptors;	/* unused ones, linked through next */
};

/* Adds a SuperSlab that is on no list. */
HAK_HIDDEN void ss_lists_add(struct ss_lists *lists, struct superslab *ss);

/* Moves it to where its free granules belong. */
HAK_HIDDEN void ss_lists_rank(struct ss_lists *lists, struct superslab *ss);

/* The best fit for a run of `granules`, and the next best after `ss`. */
HAK_HIDDEN struct superslab *ss_lists_first(const struct ss_lists *lists,
					    unsigned granules);
HAK_HIDDEN struct superslab *ss_lists_next(const struct ss_lists *lists,
					   const struct superslab *ss);

/* The first with the longest run of free granules, or NULL. */
HAK_HIDDEN struct superslab *ss_lists_longest(const struct ss_lists *lists);

/* Puts it at the end of the FIFO, once. */
HAK_HIDDEN void ss_lists_add_dirty(struct ss_lists *lists, struct superslab *ss);

/* Takes the oldest off the FIFO that has something to purge, or NULL. */
HAK_HIDDEN struct superslab *ss_lists_pop_dirty(struct ss_lists *lists);

/* Puts all that have clean granules there, and these are doubted. */
HAK_HIDDEN void ss_lists_doubt(struct ss_lists *lists);

/*
 * Takes all that are wholly free off every list, in one pass: a chain through next, or
 * NULL.
 */
HAK_HIDDEN struct superslab *ss_lists_take_empty(struct ss_lists *lists);

/* Puts one of them back. */
HAK_HIDDEN void ss_lists_add_back(struct ss_lists *lists, struct superslab *ss);

#endif /* HAK_SS_LIST_H */
