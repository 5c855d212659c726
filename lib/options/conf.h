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

/* Those at both ends of a line and around its '=' do not count. */
#define CONF_BLANKS " \t\r"

/* Where a setting stands, for messages.  file NULL: the environment. */
struct origin {
	const char *file;
	unsigned line;
	bool ours;    /* it holds for the program */
	bool for_all; /* it is in the file and holds for every program */
};

/*
 * Calls take() for every line but comments and empty ones: "[glob]", "NAME = value", or
 * what is neither.  program: its path, for sections; NULL: this process's.
 * secure: the process runs setuid; a file that anybody but root may have written is not
 * read.  named: the user named the file; only then a file that cannot be opened is
 * an error, and only then programs called hakmem-* read it.  Returns whether the file was
 * read.  A missing file costs one system call.
 */
HAK_HIDDEN bool conf_read(const char *file, const char *program, bool named, bool secure,
			  void (*take)(const char *line, const struct origin *origin));

/* Is it one of our tools, which read only a file that the user names? */
HAK_HIDDEN bool conf_is_ignored_by(const char *path);

/* Starts a line on stderr: "FILE, line N: " comes next, nothing for the environment. */
struct message;
HAK_HIDDEN void conf_start_message(struct message *m, const struct origin *origin);

/* How many messages there were about lines of files, and how many of them are sent. */
extern HAK_HIDDEN unsigned conf_complaints, conf_complaints_sent;

/* Sends a message (message_add()), unless too many about lines of files were sent. */
HAK_HIDDEN void conf_complain(const struct origin *origin, const char *format, ...)
	HAK_FORMAT(2);

/* Sends one line about the messages that were not sent, if there are any. */
HAK_HIDDEN void conf_complain_of_rest(void);

/* Does all of `text` match the glob?  '*' is any text, '?' any character. */
HAK_HIDDEN bool conf_glob(const char *glob, const char *text);

#endif /* HAK_CONF_H */
