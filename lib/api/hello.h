/* SPDX-License-Identifier: MIT */
/* hello: what the library says of itself at start (HAKMEM_VERBOSE). */
#ifndef HAK_HELLO_H
#define HAK_HELLO_H

#include <stdint.h>

#include "base/attributes.h"

/* level 1: version, build and settings in one line; 2: more lines on both. */
HAK_HIDDEN HAK_COLD void hello_say(int64_t level);

#endif /* HAK_HELLO_H */
