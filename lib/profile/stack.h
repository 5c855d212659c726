/* SPDX-License-Identifier: MIT */
/* stack: the calls that led to an allocation. */
#ifndef HAK_STACK_H
#define HAK_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/* Before the first stack_take().  Takes no lock, also none of the loader's. */
HAK_HIDDEN void stack_start(void);

/* The addresses of the library; false: it is in the program itself. */
HAK_HIDDEN bool stack_library(uintptr_t *begin, uintptr_t *end);

/*
 * The calls that led here, without those of the library: up to `limit` addresses inside
 * the call instructions, innermost first.  Any thread, also in a signal handler.
 */
HAK_HIDDEN unsigned stack_take(uintptr_t *pc, unsigned limit);

#endif /* HAK_STACK_H */
