/* SPDX-License-Identifier: MIT */
/*
 * profiling: begins, ends and writes profiles: hak_profile_start() and the like, and what
 * HAKMEM_PROFILE asks for.
 *
 * Weak: in a static program nothing refers to profiling.c, and it is not there.
 */
#ifndef HAK_PROFILING_H
#define HAK_PROFILING_H

#include "base/attributes.h"

/* At load, after the options. */
extern HAK_HIDDEN void profiling_at_load(void) __attribute__((weak));

#endif /* HAK_PROFILING_H */
