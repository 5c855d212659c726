/* SPDX-License-Identifier: MIT */
/* record: runs a program on the recorder, for the workload mixed-trace. */
#include "bench/common.h"
#include "commands.h"
#include "memory.h"
#include "output.h"
#include "plan.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 127
#define RECORDER "hakmem-recorder.so"

/* Where it was built, beside this program; else where it is installed. */
static char *find_recorder(void)
{
	char program[PATH_MAX + 1] = "", *slash, *path;

	if (readlink("/proc/self/exe", program, PATH_MAX) > 0 &&
	    (slash = strrchr(program, '/'))) {
		*slash = '\0';
		path = print_text("%s/.libs/%s", program, RECORDER);
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	path = copy_text(PKGLIBDIR "/" RECORDER);
	if (access(path, R_OK) != 0)
		fail("the recorder is not installed: there is no %s", path);
	return path;
}

static _Noreturn void become(char **words, const char *recorder,
			     const char *file)
{
	setenv("LD_PRELOAD", recorder, 1);
	setenv("MALLOC_RECORD_FILE", file, 1);
	execvp(words[0], words);
	_exit(NOT_STARTED);
}

static int run_program(char **words, const char *recorder, const char *file)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		become(words, recorder, file);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* The last bytes of a whole trace are its line "end N". */
static bool is_whole(FILE *trace)
{
	char tail[32] = "", *line;

	if (fseek(trace, -24, SEEK_END) != 0)
		rewind(trace);
	tail[fread(tail, 1, sizeof tail - 1, trace)] = '\0';
	line = strstr(tail, "\nend ");
	return line && strchr(line + 1, '\n') != NULL;
}

int command_record(const struct options *o)
{
	struct output out;
	char *recorder;
	FILE *trace;
	int status;

	plan_refuse(o, (struct accepted){.with = false});
	if (o->word_count == 0 || !o->output)
		refuse("record needs -o FILE and a program");
	recorder = find_recorder();
	out = output_open(o->output);
	status = run_program(o->words, recorder, out.temporary);
	free(recorder);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED)
		output_abandon(out.temporary, "the program cannot be started");
	trace = fopen(out.temporary, "re");
	if (!trace || !is_whole(trace))
		output_abandon(out.temporary,
			       "the program did not end by exit(), is static or "
			       "setuid, or the disk is full: there is no whole trace");
	fclose(trace);
	output_close(&out);
	return status != 0;
}
