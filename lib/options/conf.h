/* SPDX-License-Identifier: MIT */
/*
 * conf: reads hakmem.conf(5), line by line, without malloc and stdio.
 *
 * A line is NAME=value, a comment that begins with '#', or [glob]: the lines after a glob
 * are only for programs that match it.  A glob without a slash is compared with the last
 * part of /proc/self/exe, a glob with a slash with the whole path.
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
 * secure: the process runs setuid; a file that anybody but root may have written is not
 * read.  named: the file is from HAKMEM_CONF; only then a file that cannot be opened is
 * an error, and only then programs called hakmem-* read it.  Returns whether the file was
 * read.  A missing file costs one system call.
 */
HAK_HIDDEN bool conf_read(const char *file, bool named, bool secure,
			  void (*take)(const char *entry, const struct origin *origin));

/* Starts a line on stderr: "FILE, line N: " comes next, nothing for the environment. */
struct message;
HAK_HIDDEN void conf_start_message(struct message *m, const struct origin *origin);

/* Does all of `text` match the glob?  '*' is any text, '?' any character. */
HAK_HIDDEN bool conf_glob(const char *glob, const char *text);

#endif /* HAK_CONF_H */
