/* SPDX-License-Identifier: MIT */
/*
 * base: what the system says of memory by files: the limit of the process's cgroup, and
 * whether memory is short.  No malloc, no state.  A file that is missing or refused says
 * nothing.  Any thread, any time.
 *
 * root: the folder that has proc/ and sys/; "" unless a test has its own.
 */
#ifndef HAK_CGROUP_H
#define HAK_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

/*
 * Bytes: the smallest limit of the cgroup and of those above it, of version 2
 * (memory.max) or 1 (memory.limit_in_bytes).  UINT64_MAX: no limit.
 */
HAK_HIDDEN uint64_t cgroup_limit(const char *root);

/*
 * Did some task of the system or of the cgroup wait for memory in one of twenty of the
 * last ten seconds (PSI), or does the cgroup use nine tenths of its memory.high?
 */
HAK_HIDDEN bool cgroup_is_short(const char *root);

#endif /* HAK_CGROUP_H */
