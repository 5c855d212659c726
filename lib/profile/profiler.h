/* SPDX-License-Identifier: MIT */
/*
 * profiler: the plug-in (tools/profiler/) that writes profiles, for which it needs more than libc.  It
 * is a shared object with one constant of this type under the name PROFILER_SYMBOL, and
 * is opened when the first profile is written, or begun by hak_profile_start().
 */
#ifndef HAK_PROFILER_H
#define HAK_PROFILER_H

#include <stdint.h>

#include "profile/sites.h"

#define PROFILER_SYMBOL "hak_profiler"
#define PROFILER_FILE "profiler.so" /* in the folder libhakmem beside the library */

/* What is to be written. */
struct profile_facts {
	const struct site *sites; /* the head of their list */
	uint64_t mean;		  /* profile_mean() */
	int64_t began;		  /* in nanoseconds since 1970 */
};

struct profiler {
	char version[16]; /* of the library that it was built with; no other can use it */
	/*
	 * Writes a profile in the format of pprof.  The file appears whole or not at all.
	 * Does not allocate.  Returns 0, or the error number.  Any thread.
	 */
	int (*write)(const char *path, const struct profile_facts *facts);
};

#endif /* HAK_PROFILER_H */
