/* SPDX-License-Identifier: MIT */
/* hakmem-stat: a profile of another process, which is asked to sample for a while. */
#ifndef HAKMEM_STAT_PROFILE_H
#define HAKMEM_STAT_PROFILE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Writes what the process allocates in so many seconds to the file, NULL: the usual one.
 * A profile that is on already is only written, after the seconds if there are some.
 * Waits `timeout` seconds for its answers.  The exit status.
 */
int profile_take(pid_t pid, double seconds, const char *path, double timeout);

/*
 * Begins a profile unless one is on: *ours tells.  0, or the exit status after a sentence.
 * In a build without zlib there is none.
 */
int profile_begin(pid_t pid, double timeout, bool *ours);
void profile_end(pid_t pid, double timeout);

#endif /* HAKMEM_STAT_PROFILE_H */
