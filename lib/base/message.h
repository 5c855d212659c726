/* SPDX-License-Identifier: MIT */
/*
 * base: one line of text built without malloc, stdio or locale, so that it
 * works before every constructor and inside a failing allocator.
 *
 * Text that does not fit is cut.  A message lives on the stack of its caller.
 */
#ifndef HAK_MESSAGE_H
#define HAK_MESSAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define MESSAGE_MAX 512

struct message {
	size_t length;
	char text[MESSAGE_MAX]; /* always NUL-terminated */
};

/* An empty text. */
HAK_HIDDEN void message_start(struct message *m);
/* "PROGRAM[PID]: hakmem: ", with which each line on stderr begins.  Keeps errno. */
HAK_HIDDEN void message_start_line(struct message *m);
/* A text as it is. */
HAK_HIDDEN void message_text(struct message *m, const char *text);
/*
 * What a format says: %s, %.*s, %u, %lu, %ld and %lx, as of printf(); the last three also
 * for numbers of 64 bits.  In a text for %s control characters become '?', so that what
 * comes from outside stays one line.
 */
HAK_HIDDEN void message_add(struct message *m, const char *format, ...) HAK_FORMAT(2);
HAK_HIDDEN void message_add_list(struct message *m, const char *format,
				 va_list arguments);
/* Sends one line: message_start_line(), message_add(), message_send(). */
HAK_HIDDEN void message_say(const char *format, ...) HAK_FORMAT(1);

/*
 * Writes a text to a file.  Returns 0, or the error number of the failed call.  Keeps
 * errno.  This is no cancellation point.
 */
HAK_HIDDEN int message_write(int fd, const char *text, size_t length);

/* Writes the message and a newline to stderr, in the same way. */
HAK_HIDDEN void message_send(struct message *m);

#endif /* HAK_MESSAGE_H */
