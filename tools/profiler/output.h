/* SPDX-License-Identifier: MIT */
/* profiler: writes a profile in the format of pprof (profile.proto); see struct profiler. */
#ifndef HAK_PROFILER_OUTPUT_H
#define HAK_PROFILER_OUTPUT_H

#include "mappings.h"
#include "profile/profiler.h"

/* The mapping of the program comes first. */
int output_write(const char *path, const struct profile_facts *facts,
		 const struct mapping *mapping, size_t mappings);

#endif /* HAK_PROFILER_OUTPUT_H */
