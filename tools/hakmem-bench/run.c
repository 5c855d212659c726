/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "bench/common.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_SECONDS 600
#define NOT_STARTED 127
#define OUTPUT_LIMIT (64 * KIB)
#define LAST_FIELD " malloc_owner="

/* ---- the process ------------------------------------------------------------ */

/* Memory and not pipes: nobody has to read while the run runs. */
static int memory_file(const char *name)
{
	int file = memfd_create(name, MFD_CLOEXEC);

	if (file < 0)
		fail("cannot make a file in memory: %s", strerror(errno));
	return file;
}

static char *contents(int file)
{
	char *text = get_memory(OUTPUT_LIMIT, 1);

	if (pread(file, text, OUTPUT_LIMIT, 0) < 0)
		fail("cannot read what a run printed: %s", strerror(errno));
	close(file);
	return text;
}

/* The wrapper's words, then the program by its path and its arguments. */
static void exec_wrapped(char **wrapper, char **arguments)
{
	char path[PATH_MAX + 1] = "";
	size_t before = 0, after = 0;
	char **words;

	if (readlink("/proc/self/exe", path, PATH_MAX) < 0)
		return;
	while (wrapper[before])
		before++;
	while (arguments[after])
		after++;
	words = get_memory(before + after + 1, sizeof *words);
	memcpy(words, wrapper, before * sizeof *words);
	memcpy(words + before, arguments, after * sizeof *words);
	words[before] = path;
	execvp(words[0], words);
}

static _Noreturn void become(const struct variant *v, char **wrapper,
			     char **arguments, int out, int err)
{
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	alarm(LIMIT_SECONDS);
	if (wrapper) {
		exec_wrapped(wrapper, arguments);
	} else {
		variant_enter(v);
		execv("/proc/self/exe", arguments);
	}
	dprintf(STDERR_FILENO, "cannot start: %s\n", strerror(errno));
	_exit(NOT_STARTED);
}

/* The loader's complaints about LD_PRELOAD come first, the program's last. */
static const char *last_line(char *text)
{
	size_t length = strlen(text);
	char *newline;

	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	newline = strrchr(text, '\n');
	return newline ? newline + 1 : text;
}

static char *why_ended(int status, char *complaint)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return print_text("did not end within %d seconds", LIMIT_SECONDS);
	if (WIFSIGNALED(status))
		return print_text("was killed by signal %d (%s)",
				  WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return print_text("ended with status %d: %s", WEXITSTATUS(status),
				  last_line(complaint));
	return NULL;
}

char *run_process(const struct row *r, const struct variant *v, char **wrapper,
		  char **out)
{
	int stdout_file = memory_file("stdout"), stderr_file = memory_file("stderr");
	char **arguments = row_arguments(r);
	char *complaint, *why;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		become(v, wrapper, arguments, stdout_file, stderr_file);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	row_arguments_free(arguments, r);
	*out = contents(stdout_file);
	complaint = contents(stderr_file);
	why = why_ended(status, complaint);
	free(complaint);
	return why;
}

/* ---- the result -------------------------------------------------------------- */

/* A number, a list of numbers with commas, or a word. */
static json_t *value_json(const char *text)
{
	char *end;
	double number = strtod(text, &end);
	json_t *list;

	if (*text != '\0' && text[strspn(text, "0123456789")] == '\0')
		return json_integer(strtoll(text, NULL, 10));
	if (end == text || (*end != '\0' && *end != ','))
		return json_string(text);
	if (*end == '\0')
		return json_real(number);
	for (list = json_array();; number = strtod(end + 1, &end)) {
		json_array_append_new(list, json_real(number));
		if (*end != ',')
			return list;
	}
}

static void add_field(json_t *run, char *field)
{
	char *equals = strchr(field, '=');

	if (!equals)
		return;
	*equals = '\0';
	json_object_set_new(run, field, value_json(equals + 1));
}

json_t *run_parse(const char *line)
{
	char *copy = copy_text(line), *rest = copy, *field;
	char *owner = strstr(copy, LAST_FIELD);
	json_t *run = NULL;

	if (strncmp(copy, "name=", 5) == 0 && owner) {
		*owner = '\0';
		owner += strlen(LAST_FIELD);
		owner[strcspn(owner, "\n")] = '\0';
		run = json_object();
		while ((field = strsep(&rest, " ")))
			add_field(run, field);
		json_object_del(run, "name");
		json_object_set_new(run, "malloc_owner", json_string(owner));
	}
	free(copy);
	return run;
}

static json_t *failure(char *why)
{
	json_t *run = json_pack("{s:s}", "failed", why);

	free(why);
	return run;
}

/* NULL, or why these numbers do not count. */
static char *why_void(const json_t *run, const struct variant *v)
{
	const char *owner = json_string_value(json_object_get(run, "malloc_owner"));

	if (!variant_owns(v, owner))
		return print_text("was to run on %s, but its malloc was that of %s",
				  v->label, owner);
	if (json_number_value(json_object_get(run, "cpu_seconds")) <= 0)
		return copy_text("used no CPU time that could be measured; "
				 "give it more operations");
	return NULL;
}

json_t *run_once(const struct row *r, const struct variant *v)
{
	char *out, *why = run_process(r, v, NULL, &out);
	json_t *run = why ? NULL : run_parse(out);

	free(out);
	if (why)
		return failure(why);
	if (!run)
		return failure(copy_text("printed no result"));
	why = why_void(run, v);
	if (!why)
		return run;
	json_decref(run);
	return failure(why);
}

const char *run_failed(const json_t *run)
{
	return json_string_value(json_object_get(run, "failed"));
}
