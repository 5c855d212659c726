/* SPDX-License-Identifier: MIT */
/* child: starting another program, for the workloads that measure one. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <sys/types.h>

#define COMMAND_USAGE "[NAME=VALUE]... [PROGRAM [ARGUMENT]...]"

struct command {
	char **assignments; /* the first words, up to program */
	char **program;     /* and its arguments, up to NULL */
};

/* /bin/true where there are no words; refuses words without a program. */
struct command command_of(char **words);

/* A child, which calls command_become(); its output is thrown away. */
pid_t child_fork(void);
__attribute__((noreturn)) void command_become(const struct command *c);

/* Fails unless the wait status is that of a program that ended well. */
void command_check(const struct command *c, int status);

#endif /* BENCH_CHILD_H */
