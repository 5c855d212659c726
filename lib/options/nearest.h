/* SPDX-License-Identifier: MIT */
/* nearest: which variable was meant by a name that is none.  Pure. */
#ifndef HAK_NEAREST_H
#define HAK_NEAREST_H

#include "base/attributes.h"
#include "options/options.h"

/* The length of a name that is looked at. */
#define NEAREST_NAME_MAX 60

/*
 * The option whose name takes the fewest insertions, deletions and changes of
 * a character to become `name`, which is without its HAKMEM_; the first such.
 */
HAK_HIDDEN enum option nearest_option(const char *name);

#endif /* HAK_NEAREST_H */
