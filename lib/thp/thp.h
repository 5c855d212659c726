/* SPDX-License-Identifier: MIT */
/* thp: which memory may have transparent huge pages, as HAKMEM_THP says. */
#ifndef HAK_THP_H
#define HAK_THP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* Is thp_fill() worth it?  Not where it was refused, or took long. */
HAK_HIDDEN bool thp_may_fill(void);

/*
 * Makes a unit of 2 MiB resident of which nothing was touched: at once, if the system has
 * a huge page for it.  No huge page is made of it later, when parts of it were purged.
 */
HAK_HIDDEN void thp_fill(char *unit);

/* For memory just mapped. */
HAK_HIDDEN void thp_advise(void *address, size_t size);

/*
 * os_commit() of memory of which one touch should not cost a huge page.  Gives no
 * advice.  address: a multiple of half a huge page.
 */
HAK_HIDDEN bool thp_commit_small(char *address, size_t size);

/*
 * A page that was purged, in a unit of which little is used: keeps the kernel from making
 * a huge page of the unit, which would fill its purged pages.  *in_unit: how often that was
 * done in the unit, once is enough; relaxed.  Nothing happens if the system refuses, or if
 * it was done often enough for a process.  False: the page is no memory any more.
 */
HAK_HIDDEN bool thp_split(void *page, uint32_t *in_unit);

/* So many of these pages are unmapped. */
HAK_HIDDEN void thp_unsplit(uint32_t pages);

#endif /* HAK_THP_H */
