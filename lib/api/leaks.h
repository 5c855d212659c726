/* SPDX-License-Identifier: MIT */
/*
 * leaks: HAKMEM_LEAKS: a profile of all allocations, and at exit the search for leaks.
 *
 * Weak, as profiling.h says.
 */
#ifndef HAK_LEAKS_H
#define HAK_LEAKS_H

#include "base/attributes.h"

/* At load, after the options. */
extern HAK_HIDDEN void leaks_at_load(void) __attribute__((weak));

#endif /* HAK_LEAKS_H */
