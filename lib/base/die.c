/* SPDX-License-Identifier: MIT */
#include "base/die.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/file.h"
#include "base/lock.h"

void (*die_hook)(void);
HAK_NEAR void **die_libc_message;
const char *volatile hakmem_abort_message;

/*
 * The text of the last message, in the form of glibc's __abort_msg.  glibc calls
 * munmap(old, old->size) when it sets a new one; with size 0 that does nothing.
 */
static struct {
	unsigned size;
	char text[MESSAGE_MAX];
} kept;

/*
 * Called before the message is written: if the write blocks, a core dump still has the
 * message.
 */
static void keep(const struct message *m)
{
	memcpy(kept.text, m->text, m->length + 1);
	hakmem_abort_message = kept.text;
	if (die_libc_message)
		*die_libc_message = &kept;
}

/*
 * A section of hakmem.conf has the name of the program's file.  The name in the message
 * may be another: /usr/bin/python3 is a link.  A static program (AT_BASE is 0) has no
 * other malloc.
 */
static void say_way_out(void)
{
	static char path[PATH_MAX]; /* all threads write the same value */

	if (getauxval(AT_BASE) == 0 ||
	    file_link("/proc/self/exe", path, sizeof(path) - 1) <= 0)
		return;
	message_say("to run this program with libc's malloc, add two lines to "
		    HAK_CONF_FILE ": [%s] and HAKMEM_DISABLE=1", file_name(path));
}

void die_message(struct message *m)
{
	keep(m);
	message_send(m);
	if (die_hook)
		die_hook();
	say_way_out(); /* comes last: a filter may kill the process for readlinkat() */
	/* A handler of SIGABRT may allocate, and we may hold locks. */
	lock_set_master(true);
	abort();
}

void die(const char *format, ...)
{
	struct message m;
	va_list arguments;

	message_start_line(&m);
	va_start(arguments, format);
	message_add_list(&m, format, arguments);
	va_end(arguments);
	die_message(&m);
}
