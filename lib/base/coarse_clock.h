/* SPDX-License-Identifier: MIT */
/* base: the time with a precision of a few milliseconds, without a system call. */
#ifndef HAK_COARSE_CLOCK_H
#define HAK_COARSE_CLOCK_H

#include <stdint.h>

#include "base/attributes.h"

/*
 * Milliseconds since a fixed moment, never 0.  In a process without a vDSO the result is
 * always 0, because reading the clock would take a system call.  Any thread, also in
 * signal handlers.
 */
HAK_HIDDEN uint64_t coarse_clock_ms(void);

#endif /* HAK_COARSE_CLOCK_H */
