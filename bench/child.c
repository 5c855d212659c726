/* SPDX-License-Identifier: MIT */
#include "child.h"

#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 127

struct command command_of(char **words)
{
	static char *usual[] = {(char *)"/bin/true", NULL};
	struct command c;

	c.assignments = c.program = *words ? words : usual;
	while (*c.program && strchr(*c.program, '='))
		c.program++;
	if (!*c.program)
		refuse("PROGRAM is missing");
	return c;
}

void command_become(const struct command *c)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
	for (char **word = c->assignments; word < c->program; word++)
		putenv(*word);
	execvp(c->program[0], c->program);
	fprintf(stderr, "cannot start %s: %s\n", c->program[0], strerror(errno));
	_exit(NOT_STARTED);
}

pid_t child_fork(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	return pid;
}

void command_check(const struct command *c, int status)
{
	if (WIFSIGNALED(status))
		fail("%s was killed by signal %d", c->program[0],
		     WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		fail("%s ended with exit status %d", c->program[0],
		     WEXITSTATUS(status));
}
