/* SPDX-License-Identifier: MIT */
/*
 * base: the end of a process whose heap can no longer be trusted, and the
 * invariants that debug builds check.  Beside abort() the only system calls are those
 * of messages and one readlinkat().
 */
#ifndef HAK_DIE_H
#define HAK_DIE_H


#include "base/attributes.h"
#include "base/message.h"

/*
 * Called before abort(), to write the events of the debug ring; async-signal-safe.
 * Set once at start by the debug ring, before a second thread exists.
 */
extern HAK_HIDDEN void (*die_hook)(void);

/* glibc's __abort_msg, or NULL.  Written once, when the library is loaded. */
extern HAK_HIDDEN void **die_libc_message;

/*
 * The message that the process is aborted with, for debuggers; NULL until then.  A
 * pointer, so that they can print it without the types of the library.
 */
extern HAK_HIDDEN const char *volatile hakmem_abort_message;

/*
 * Keeps the message for core dumps, sends it and a line that says how to run the
 * program without the library, and aborts.
 */
HAK_HIDDEN HAK_COLD HAK_NORETURN void die_message(struct message *m);

/* The same of a message made by message_add(). */
HAK_HIDDEN HAK_COLD HAK_NORETURN void die(const char *format, ...) HAK_FORMAT(1);

#ifdef HAK_DEBUG
#define HAK_DEBUG_BUILD 1
#else
#define HAK_DEBUG_BUILD 0
#endif

/* An invariant.  Every build compiles the condition, debug builds check it. */
#define debug_check(condition)                                          \
	do {                                                            \
		if (HAK_DEBUG_BUILD && unlikely(!(condition)))          \
			die("broken invariant: %s", #condition);         \
	} while (0)

#endif /* HAK_DIE_H */
