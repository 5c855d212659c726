/* SPDX-License-Identifier: MIT */
/*
 * counter: the system calls for memory that a process makes between the marks
 * RUN_BEGINS and RUN_ENDS.
 *
 * The kernel asks this process about each such call (seccomp's user
 * notification), which counts it and lets it go on.  That needs no rights and no
 * other program, but costs some microseconds a call, so a counted run is one of
 * its own that nobody times.  Children are counted too, and what libc itself
 * maps, such as the stacks of threads.
 */
#ifndef HAKMEM_BENCH_COUNTER_H
#define HAKMEM_BENCH_COUNTER_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#define MEMORY_CALLS 6

/* Their names and numbers. */
extern const struct memory_call {
	const char *name;
	unsigned number;
} memory_calls[MEMORY_CALLS];

struct counter {
	int ends[2]; /* of the way that the listener takes to this process */
	bool works;  /* false: this kernel or sandbox does not do it */
	bool inside; /* between the marks */
	unsigned long count[MEMORY_CALLS];
};

struct counter counter_open(void);

/* In the child, before it becomes what is counted. */
void counter_enter(struct counter *c);

/* In the parent: counts until the child ended, which is left to be waited for. */
void counter_watch(struct counter *c, pid_t pid);

/* {"mmap": 3, ...}; null if nothing could be counted. */
json_t *counter_json(const struct counter *c);

/* The same for counts from elsewhere. */
json_t *memory_calls_json(const unsigned long *count);

#endif /* HAKMEM_BENCH_COUNTER_H */
