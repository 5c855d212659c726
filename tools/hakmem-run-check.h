/* SPDX-License-Identifier: MIT */
/* hakmem-run: what each line of the settings files does. */
#ifndef HAKMEM_RUN_CHECK_H
#define HAKMEM_RUN_CHECK_H

#include <stddef.h>

/*
 * Prints every line of `file` with its effect on the program of this name, and says on
 * stderr what is wrong.  file NULL: programs.conf and hakmem.conf; name NULL: whatever
 * program.  Returns the exit status: 0, 1 if a line or a file is wrong, or that of
 * program_find().
 */
int check_conf(const char *file, const char *name);

#endif /* HAKMEM_RUN_CHECK_H */
