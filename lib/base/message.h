/* SPDX-License-Identifier: MIT */
/*
 * base: one line of text built without malloc, stdio or locale, so that it
 * works before every constructor and inside a failing allocator.
 *
 * Text that does not fit is cut.  A message lives on the stack of its caller.
 */
#ifndef HAK_MESSAGE_H
#define HAK_MESSAGE_H

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
HAK_HIDDEN void message_text(struct message *m, const char *text);
/* Text from outside: control characters become '?', so that it stays one line. */
HAK_HIDDEN void message_foreign(struct message *m, const char *text);
HAK_HIDDEN void message_decimal(struct message *m, uint64_t number);
HAK_HIDDEN void message_signed(struct message *m, int64_t number);
HAK_HIDDEN void message_hex(struct message *m, uint64_t number);

/*
 * Writes a text to a file.  Returns 0, or the error number of the failed call.  Keeps
 * errno.  This is no cancellation point.
 */
HAK_HIDDEN int message_write(int fd, const char *text, size_t length);

/* Writes the message and a newline to stderr, in the same way. */
HAK_HIDDEN void message_send(struct message *m);

#endif /* HAK_MESSAGE_H */
