/* SPDX-License-Identifier: MIT */
/* hakmem-stat: which objects have code in another process. */
#ifndef HAKMEM_STAT_MAPS_H
#define HAKMEM_STAT_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "profiler/mappings.h"

struct maps {
	struct mapping *mapping; /* free() it */
	size_t count;
};

/* *maps is empty before.  False: the process has ended. */
bool maps_read(pid_t pid, struct maps *maps);

#endif /* HAKMEM_STAT_MAPS_H */
