/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "bench/common.h"
#include "counter.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_STARTED 127
#define OUTPUT_LIMIT (64 * KIB)
#define LAST_FIELD " malloc_owner="

/* ---- the end of a process ------------------------------------------------------ */

static unsigned limit_seconds = 600;
/* What the handler of a signal may end: a process group, 0 if there is none. */
static volatile sig_atomic_t group;
static volatile sig_atomic_t too_long;

void run_set_limit(unsigned seconds)
{
	limit_seconds = seconds;
}

/* The group is not the terminal's, so we pass on what a user types. */
static void end_group(int signal_number)
{
	if (group)
		kill(-group, SIGKILL);
	if (signal_number == SIGALRM) {
		too_long = 1;
	} else {
		signal(signal_number, SIG_DFL);
		raise(signal_number);
	}
}

static void handle_signals(void)
{
	static const int signals[] = {SIGALRM, SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = end_group};

	for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &action, NULL);
}

/* Waits, and ends what the process may have left running. */
static int wait_for(pid_t pid)
{
	siginfo_t info;
	int status;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 &&
	       errno == EINTR)
		;
	kill(-pid, SIGKILL);
	group = 0;
	alarm(0);
	waitpid(pid, &status, 0);
	return status;
}

/* ---- the process ------------------------------------------------------------ */

/* How a run is looked at. */
struct watch {
	bool timed;              /* single calls too, after the run */
	char **wrapper;          /* or NULL */
	struct counter *counter; /* or NULL */
};

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

static _Noreturn void become(const struct variant *v, const struct watch *w,
			     char **arguments, int out, int err)
{
	int in = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (w->counter)
		counter_enter(w->counter);
	if (w->wrapper) {
		exec_wrapped(w->wrapper, arguments);
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
	if (too_long)
		return print_text("did not end within %u seconds", limit_seconds);
	if (WIFSIGNALED(status))
		return print_text("was killed by signal %d (%s)",
				  WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) != 0)
		return print_text("ended with status %d: %s", WEXITSTATUS(status),
				  last_line(complaint));
	return NULL;
}

/* Starts it in a group of its own; both sides say so, whoever is first. */
static pid_t start(const struct variant *v, const struct watch *w,
		   char **arguments, int out, int err)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		become(v, w, arguments, out, err);
	setpgid(pid, pid);
	too_long = 0;
	group = pid;
	handle_signals();
	alarm(limit_seconds);
	return pid;
}

/* What it prints is in `out`; NULL, or why it has no result. */
static char *run_process(const struct row *r, const struct variant *v,
			 struct watch w, char **out)
{
	int stdout_file = memory_file("stdout"), stderr_file = memory_file("stderr");
	char **arguments = row_arguments(r, w.timed);
	pid_t pid = start(v, &w, arguments, stdout_file, stderr_file);
	char *complaint, *why;
	int status;

	if (w.counter)
		counter_watch(w.counter, pid);
	status = wait_for(pid);
	row_arguments_free(arguments, r);
	*out = contents(stdout_file);
	complaint = contents(stderr_file);
	why = why_ended(status, complaint);
	free(complaint);
	return why;
}

char *run_wrapped(const struct row *r, const struct variant *v, char **wrapper,
		  char **out)
{
	return run_process(r, v, (struct watch){.wrapper = wrapper}, out);
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

char *run_void(const json_t *run, const struct variant *v)
{
	const char *owner = json_string_value(json_object_get(run, "malloc_owner"));

	if (!run)
		return copy_text("printed no result");
	if (!variant_owns(v, owner))
		return print_text("was to run on %s, but its malloc was that of %s",
				  v->label, owner);
	if (json_number_value(json_object_get(run, "cpu_seconds")) <= 0)
		return copy_text("used no CPU time that could be measured; "
				 "give it more operations");
	return NULL;
}

/* Its numbers, or its failure. */
static json_t *run_watched(const struct row *r, const struct variant *v,
			   struct watch w)
{
	char *out, *why = run_process(r, v, w, &out);
	json_t *run = why ? NULL : run_parse(out);

	free(out);
	if (!why)
		why = run_void(run, v);
	if (!why)
		return run;
	json_decref(run);
	return failure(why);
}

json_t *run_once(const struct row *r, const struct variant *v)
{
	return run_watched(r, v, (struct watch){.timed = true});
}

json_t *run_counted(const struct row *r, const struct variant *v)
{
	struct counter c = counter_open();
	json_t *run = run_watched(r, v, (struct watch){.counter = &c});

	if (c.works && run_failed(run))
		return run;
	json_decref(run);
	return counter_json(&c);
}

const char *run_failed(const json_t *run)
{
	return json_string_value(json_object_get(run, "failed"));
}
