/* SPDX-License-Identifier: MIT */
/* hakmem-stat: a profile of another process, which is asked to sample for a while. */
#ifndef HAKMEM_STAT_PROFILE_H
#define HAKMEM_STAT_PROFILE_H

#include <sys/types.h>

/*
 * Writes what the process allocates in so many seconds to the file, NULL: the usual one.
 * A profile that is on already is only written, after the seconds if there are some.
 * Waits `timeout` seconds for its answers.  The exit status.
 */
int profile_take(pid_t pid, double seconds, const char *path, double timeout);

#endif /* HAKMEM_STAT_PROFILE_H */
