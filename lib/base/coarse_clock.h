/* SPDX-License-Identifier: MIT */
/* base: the time, to a few milliseconds, without a system call. */
#ifndef HAK_COARSE_CLOCK_H
#define HAK_COARSE_CLOCK_H

#include <stdint.h>

#include "base/attributes.h"

/*
 * Milliseconds since some moment, never 0; 0 in a process without a vDSO, where
 * reading the clock would be a system call.  Any thread, also in signal handlers.
 */
HAK_HIDDEN uint64_t coarse_clock_ms(void);

#endif /* HAK_COARSE_CLOCK_H */
