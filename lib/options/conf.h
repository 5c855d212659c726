/* SPDX-License-Identifier: MIT */
/*
 * conf: reads hakmem.conf(5), line by line, without malloc and stdio.
 *
 * Lines NAME=value, and [glob] in front of those that are for some programs
 * alone; '#' begins a comment line.  A glob without a slash is held against the
 * last part of /proc/self/exe, one with a slash against all of it.
 */
#ifndef HAK_CONF_H
#define HAK_CONF_H

#include <stdbool.h>

#include "base/attributes.h"

/* Where a setting stands, for messages.  file NULL: the environment. */
struct origin {
	const char *file;
	unsigned line;
	bool for_all; /* it is in the file and holds for every program */
};

/*
 * Calls take("NAME=value") for every line that holds for this program.
 * secure: the process runs setuid, so a file that anybody but root can have
 * written is passed over.  A file that cannot be opened is no error unless
 * somebody `named` it.  Programs called hakmem-* read no file that nobody named.
 * One failed open when it is not there.  Returns whether it was read.
 */
HAK_HIDDEN bool conf_read(const char *file, bool named, bool secure,
			  void (*take)(const char *entry, const struct origin *origin));

/* Starts a line on stderr: "FILE, line N: " comes next, nothing for the environment. */
struct message;
HAK_HIDDEN void conf_start_message(struct message *m, const struct origin *origin);

/* Does all of `text` match the glob?  '*' is any text, '?' any character. */
HAK_HIDDEN bool conf_glob(const char *glob, const char *text);

#endif /* HAK_CONF_H */
