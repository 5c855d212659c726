/* SPDX-License-Identifier: MIT */
/*
 * profile files: what HAKMEM_PROFILE writes: a profile at exit, and numbered ones when it
 * is time for one (HAKMEM_PROFILE_SECONDS) or resident memory has grown
 * (HAKMEM_PROFILE_RESIDENT_MB).  The thread of bg_purge.h writes those: a slow path of
 * malloc() opens no file and calls no dlopen(), since a lock of the program may be held.
 */
#ifndef HAK_PROFILE_FILES_H
#define HAK_PROFILE_FILES_H

#include <stdbool.h>

#include "base/attributes.h"

/* Does a variable ask for numbered files? */
HAK_HIDDEN bool profile_files_are_asked_for(void);

/* At load: HAKMEM_PROFILE has begun a profile. */
HAK_HIDDEN void profile_files_start(void);

/* ---- of profiling.c ---- */

/* Opens the plug-in.  0, or an error number of hak_profile_start(). */
HAK_HIDDEN int profiling_find_plug_in(void);

/* Says why HAKMEM_PROFILE does not do what it should. */
HAK_HIDDEN void profiling_complain(const char *why, const char *detail);

#endif /* HAK_PROFILE_FILES_H */
