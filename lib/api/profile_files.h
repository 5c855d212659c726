/* SPDX-License-Identifier: MIT */
/*
 * profile files: what HAKMEM_PROFILE writes: a profile at exit, and numbered ones when it
 * is time for one (HAKMEM_PROFILE_SECONDS) or resident memory has grown
 * (HAKMEM_PROFILE_RESIDENT_MB).  The thread of bg_purge.h writes those: a slow path of
 * malloc() opens no file and calls no dlopen(), since a lock of the program may be held.
 *
 * Weak: in a static program nothing refers to profile_files.c, and it is not there.
 */
#ifndef HAK_PROFILE_FILES_H
#define HAK_PROFILE_FILES_H

#include "base/attributes.h"

/* At load, after the options. */
extern HAK_HIDDEN void profile_files_at_load(void) __attribute__((weak));

#endif /* HAK_PROFILE_FILES_H */
