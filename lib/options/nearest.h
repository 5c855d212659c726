/* SPDX-License-Identifier: MIT */
/* nearest: the variable that a misspelt name most likely means.  Pure functions. */
#ifndef HAK_NEAREST_H
#define HAK_NEAREST_H

#include "base/attributes.h"
#include "options/options.h"

/* Bytes of a name beyond this length are ignored. */
#define NEAREST_NAME_MAX 60

/*
 * The first option whose name takes the fewest insertions, deletions and changes of
 * characters to become `name`.  `name` is without its HAKMEM_.
 */
HAK_HIDDEN enum option nearest_option(const char *name);

#endif /* HAK_NEAREST_H */
