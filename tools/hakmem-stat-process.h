/* SPDX-License-Identifier: MIT */
/*
 * hakmem-stat: the statistics of another process, without its help and without
 * stopping it.
 *
 * What is read belongs to a process that may be hostile or half gone: nothing
 * of it is trusted to be a size, an index or an address in our own memory.
 */
#ifndef HAKMEM_STAT_PROCESS_H
#define HAKMEM_STAT_PROCESS_H

#include <sys/types.h>

#include "api/report.h"

enum outcome {
	PROCESS_READ,
	PROCESS_GONE,	 /* there is no such process (any more) */
	PROCESS_ZOMBIE,	 /* it has ended, or is about to */
	PROCESS_WITHOUT, /* libhakmem is not in it */
	PROCESS_DENIED,	 /* we may not look at it */
	PROCESS_OTHER,	 /* its libhakmem is not of this build's kind */
	PROCESS_BROKEN,	 /* its memory cannot be read, or makes no sense */
	PROCESS_OUTCOMES
};

#define NAME_SIZE 17

struct process {
	pid_t pid;
	char name[NAME_SIZE]; /* of any bytes: its owner chose it */
	uint64_t resident;    /* bytes */
	uint64_t started;     /* tells two processes apart that had one id in turn */
	struct report report;
};

/* Fills *p when the outcome is PROCESS_READ. */
enum outcome process_read(pid_t pid, struct process *p);

/* Where its page is, and what is on it. */
enum outcome process_page(pid_t pid, struct stats_page *page);

/* Copies memory of the process to ours. */
enum outcome process_copy(pid_t pid, const void *from, void *to, size_t size);

/* What errno says of the process after a call about it has failed. */
enum outcome process_outcome(int error);

/* One sentence about an outcome, to go behind "process N ". */
const char *process_sentence(enum outcome outcome);

#endif /* HAKMEM_STAT_PROCESS_H */
