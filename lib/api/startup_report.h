/* SPDX-License-Identifier: MIT */
/* startup report: what the library says of itself at start (HAKMEM_VERBOSE). */
#ifndef HAK_STARTUP_REPORT_H
#define HAK_STARTUP_REPORT_H

#include <stdint.h>

#include "base/attributes.h"

/* level 1: version, build and settings in one line; 2: more lines on both. */
HAK_HIDDEN HAK_COLD void startup_report(int64_t level);

#endif /* HAK_STARTUP_REPORT_H */
