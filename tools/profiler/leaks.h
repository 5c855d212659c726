/* SPDX-License-Identifier: MIT */
/* profiler: writes a profile of the blocks that nothing reaches; see struct profiler. */
#ifndef HAK_PROFILER_LEAKS_H
#define HAK_PROFILER_LEAKS_H

#include "mappings.h"
#include "profile/profiler.h"

int leaks_write(const char *path, const struct leak_facts *facts,
		const struct mapping *mapping, size_t mappings);

#endif /* HAK_PROFILER_LEAKS_H */
