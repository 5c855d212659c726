/* SPDX-License-Identifier: MIT */
/* hakmem-stat: the sites of a profile in another process (profile/sites.h). */
#ifndef HAKMEM_STAT_SITES_H
#define HAKMEM_STAT_SITES_H

#include <stdbool.h>
#include <stddef.h>

#include "hakmem-stat-process.h"

/*
 * How long the list may be of a process that counts so many sites: there may be some more
 * by now.  One that is longer has a loop in it.
 */
size_t sites_most(uint64_t counted);

/* The first one of the list there, perhaps NULL.  False: the process has ended. */
bool sites_head(pid_t pid, const struct stats_page *page, const struct site **there);

/* A copy of one, to be freed; NULL: it makes no sense. */
struct site *sites_copy(pid_t pid, const struct site *there);

#endif /* HAKMEM_STAT_SITES_H */
