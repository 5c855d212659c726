/* SPDX-License-Identifier: MIT */
/*
 * profiler: the plug-in (tools/profiler/) that writes profiles, for which it needs more
 * than libc.  It is a shared object with one constant of this type under the name
 * PROFILER_SYMBOL, and is opened when the first profile is written, or begun by
 * hak_profile_start().
 */
#ifndef HAK_PROFILER_H
#define HAK_PROFILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meta/meta.h"
#include "profile/samples.h"
#include "profile/sites.h"

#define PROFILER_SYMBOL "hak_profiler"
#define PROFILER_FILE "profiler.so" /* in the folder libhakmem beside the library */

/* What is to be written. */
struct profile_facts {
	const struct site *sites; /* the head of their list */
	uint64_t mean;		  /* profile_mean() */
	int64_t began;		  /* in nanoseconds since 1970 */
	/* Of leaks: `total` is what is lost itself, `live` that and what hangs on it. */
	bool leaks;
	const char *const *comments; /* NULL: none; else the last is NULL */
};

/* What is to be searched for leaks. */
struct leak_facts {
	int64_t began; /* of the profile */
	/*
	 * profile_look(): shows all blocks of the program, and free places.  Called when the
	 * mappings are known: the loader frees blocks under a lock that those want.
	 */
	int (*look)(int (*look)(void *arg, const struct sample *table, size_t places),
		    void *arg);
	/* What belongs to the library, and holds pointers to blocks. */
	uintptr_t library, library_end;
	const struct meta_chunk *(*chunks)(void);
	/* Does the granule belong to an Arena? */
	bool (*owns)(const void *address);
	/* The usable bytes of the live block that begins there; 0: none does. */
	size_t (*usable)(const void *address);
};

struct profiler {
	char version[16]; /* of the library that it was built with; no other can use it */
	/*
	 * Writes a profile in the format of pprof.  The file appears whole or not at all.
	 * Does not allocate.  Returns 0, or the error number.  Any thread.
	 */
	int (*write)(const char *path, const struct profile_facts *facts);
	/*
	 * The same of the blocks that nothing reaches.  Other threads stand still for a
	 * while.  An error number below 0: its memory could not be searched.
	 */
	int (*write_leaks)(const char *path, const struct leak_facts *facts);
};

#endif /* HAK_PROFILER_H */
