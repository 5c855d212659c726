/* SPDX-License-Identifier: MIT */
#include "base/die.h"

#include <stdlib.h>

#include "base/lock.h"

void (*die_hook)(void);

void die_message(struct message *m)
{
	message_send(m);
	if (die_hook)
		die_hook();
	/* A handler of SIGABRT may allocate, and we may hold locks. */
	lock_set_master(true);
	abort();
}

static void start_line(struct message *m, const char *what)
{
	message_start_line(m);
	message_text(m, what);
}

void die(const char *what)
{
	struct message m;

	start_line(&m, what);
	die_message(&m);
}

void die_at(const char *what, uintptr_t number)
{
	struct message m;

	start_line(&m, what);
	message_text(&m, " ");
	message_hex(&m, number);
	die_message(&m);
}
