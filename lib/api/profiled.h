/* SPDX-License-Identifier: MIT */
/* profiled: see profiled.c. */
#ifndef HAK_PROFILED_H
#define HAK_PROFILED_H

#include <stdint.h>

#include "base/attributes.h"
#include "profile/profile.h"

/*
 * profile_begin(), and every thread that has a heap begins to take part.
 * pre: the chosen backend is the usual one.
 */
HAK_HIDDEN int profiled_begin(uint64_t mean, profile_stack_fn stack);

/* profile_end(), and all of them end to take part.  pre: a profile was begun. */
HAK_HIDDEN void profiled_end(void);

#endif /* HAK_PROFILED_H */
