/* SPDX-License-Identifier: MIT */
/* hakmem-stat: what it asks of the library in another process (api/request.h). */
#ifndef HAKMEM_STAT_REQUEST_H
#define HAKMEM_STAT_REQUEST_H

#include "hakmem-stat-process.h"

enum reply {
	REPLY_SERVED,
	REPLY_SILENT, /* not served in time; it stays, and is served later */
	REPLY_BUSY,   /* another kind of request waits there */
	REPLY_FAILED  /* the process is gone, or as *outcome says */
};

/*
 * Asks the process for what request.kind and request.argument say, and waits at most so
 * many seconds for the rest of *request.  Joins a request of that kind that waits there.
 */
enum reply request_ask(pid_t pid, struct request *request, double seconds,
		       enum outcome *outcome);

/* Says that the process does not answer.  The exit status. */
int request_tell_silent(pid_t pid, double seconds);
/* Says something else of it. */
int request_refuse(pid_t pid, const char *sentence);

/* --purge: asks for a purge and says what came of it.  The exit status. */
int request_purge(pid_t pid, double seconds);

#endif /* HAKMEM_STAT_REQUEST_H */
