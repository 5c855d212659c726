/* SPDX-License-Identifier: MIT */
/*
 * This process stays while the program runs: names of functions are then looked up in a
 * process that is whole, by hakmem-heap, which needs libraries that no program should
 * get at its end; and the exit status can be another one.  Each process of the program
 * writes its profile (HAKMEM_LEAKS) into one folder.
 *
 * Signals: those from the terminal go to the whole group of processes, the program among
 * them; those that another process sent to us are handed on.
 */
#define _GNU_SOURCE
#include "hakmem-run-leaks.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hakmem-run-program.h"

/* Of hakmem-heap leaks. */
#define HEAP_FOUND 3

/* What HAKMEM_LEAKS may have. */
#define NAME_MAX_BYTES 255
static const char name_pattern[] = "/%p.pb.gz";

extern char **environ;

/* ---- the folder ---- */

static bool is_entry(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* The number of files in it; removes them if asked to. */
static size_t count_files(const char *folder, bool removing)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	size_t count = 0;

	while (dir && (e = readdir(dir))) {
		if (!is_entry(e))
			continue;
		count++;
		if (removing)
			unlinkat(dirfd(dir), e->d_name, 0);
	}
	if (dir)
		closedir(dir);
	return count;
}

static bool make_temporary(char *folder)
{
	const char *parent = getenv("TMPDIR");

	if (!parent || *parent != '/')
		parent = "/tmp";
	if (snprintf(folder, PATH_MAX, "%s/hakmem-run.XXXXXX", parent) < PATH_MAX &&
	    mkdtemp(folder))
		return true;
	complain("no folder for profiles can be made in %s: %s", parent, strerror(errno));
	return false;
}

/* The one that was given: made if need be, and without files of another run. */
static bool make_given(char *folder, const char *given)
{
	if ((mkdir(given, 0777) != 0 && errno != EEXIST) || !realpath(given, folder) ||
	    access(folder, W_OK | X_OK) != 0) {
		complain("the folder %s: %s", given, strerror(errno));
		return false;
	}
	if (count_files(folder, false) != 0) {
		complain("the folder %s is not empty", given);
		return false;
	}
	return true;
}

static bool make_folder(const struct leaks *l, char *folder)
{
	if (!(l->folder ? make_given(folder, l->folder) : make_temporary(folder)))
		return false;
	if (strlen(folder) + strlen(name_pattern) <= NAME_MAX_BYTES)
		return true;
	complain("the folder %s has too long a name: more than %zu bytes", folder,
		 NAME_MAX_BYTES - strlen(name_pattern));
	return false;
}

static void remove_folder(const struct leaks *l, const char *folder)
{
	if (l->folder)
		return;
	count_files(folder, true);
	rmdir(folder);
}

/* ---- hakmem-heap ---- */

/* Beside this program, or where it is built. */
static bool find_heap(char *path)
{
	static const char *const names[] = {"hakmem-heap", "hakmem-heap/hakmem-heap"};
	char self[PATH_MAX], *slash;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct stat st;

	self[length > 0 ? length : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		slash[1] = '\0';
	for (int i = 0; i < 2; i++)
		if (snprintf(path, PATH_MAX, "%s%s", self, names[i]) < PATH_MAX &&
		    stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
			return true;
	complain("--leaks needs hakmem-heap in the folder %s; install what it needs and build again",
		 self);
	return false;
}

/* The environment without what was put into it for the program.  NULL: no memory. */
static char **own_environment(void)
{
	size_t count = 0, kept = 0;
	char **own;

	while (environ[count])
		count++;
	own = calloc(count + 1, sizeof(*own));
	for (size_t i = 0; own && i < count; i++)
		if (strncmp(environ[i], "LD_PRELOAD=", 11) != 0 &&
		    strncmp(environ[i], "HAKMEM_", 7) != 0)
			own[kept++] = environ[i];
	return own;
}

static void fill_arguments(const struct leaks *l, const char **argv, const char *folder)
{
	*argv++ = "hakmem-heap";
	*argv++ = "leaks";
	*argv++ = "--number=0";
	*argv++ = folder;
	for (size_t i = 0; i < l->suppressions; i++) {
		*argv++ = "--suppress";
		*argv++ = l->suppress[i];
	}
	if (l->output) {
		*argv++ = "--output";
		*argv++ = l->output;
	}
	*argv = NULL;
}

/* Shows what is in the folder.  Its exit status, or EXIT_OURS. */
static int show(const struct leaks *l, const char *heap, const char *folder)
{
	const char *argv[2 * SUPPRESSIONS_MAX + 7];
	posix_spawn_file_actions_t actions;
	char **environment = own_environment();
	int error, status;
	pid_t pid;

	fill_arguments(l, argv, folder);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
	error = environment ? posix_spawn(&pid, heap, &actions, NULL,
					  (char **)(uintptr_t)argv, environment) :
			      ENOMEM;
	posix_spawn_file_actions_destroy(&actions);
	free(environment);
	if (error != 0 || waitpid(pid, &status, 0) != pid)
		complain("%s cannot be run: %s", heap, strerror(error != 0 ? error : errno));
	else if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return EXIT_OURS;
}

/* ---- the program ---- */

/* Those that end a program or tell it something, and that it may wait for. */
static const int passed[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH,
};

/* What this process changes, as the program is to have it. */
struct signals {
	sigset_t waited, mask;
	struct sigaction child;
};

static void hold_signals(struct signals *s)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};

	sigemptyset(&s->waited);
	sigaddset(&s->waited, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		sigaddset(&s->waited, passed[i]);
	sigaction(SIGCHLD, &usual, &s->child);
	sigprocmask(SIG_BLOCK, &s->waited, &s->mask);
}

static void release_signals(const struct signals *s)
{
	sigaction(SIGCHLD, &s->child, NULL);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

static _Noreturn void become(const char *path, char **argv, const char *folder,
			     const struct signals *s)
{
	char name[PATH_MAX + sizeof(name_pattern)];

	snprintf(name, sizeof(name), "%s%s", folder, name_pattern);
	if (setenv("HAKMEM_LEAKS", name, 1) != 0) {
		complain("no memory for the environment");
		_exit(EXIT_OURS);
	}
	release_signals(s);
	execvp(path, argv);
	complain("%s: %s", path, strerror(errno));
	_exit(EXIT_CANNOT_RUN);
}

/* Its status, as waitpid() has it. */
static int wait_for(pid_t pid, const struct signals *s)
{
	siginfo_t info;
	int status;

	for (;;) {
		int signal = sigwaitinfo(&s->waited, &info);

		if (signal == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid)
			return status;
		if (signal > 0 && signal != SIGCHLD && info.si_code <= 0)
			kill(pid, signal);
	}
}

/* As the program has ended, for the shell that looks; without a second core file. */
static int end_like(int status, const struct signals *s)
{
	struct rlimit none = {0, 0};
	sigset_t all;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	release_signals(s);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	sigemptyset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	return 128 + WTERMSIG(status);
}

/* ---- all of it ---- */

static bool has_profile(const char *folder, pid_t pid)
{
	char name[PATH_MAX + 32];

	snprintf(name, sizeof(name), "%s/%d.pb.gz", folder, (int)pid);
	return access(name, F_OK) == 0;
}

/* Says which processes were not searched.  False: none was. */
static bool check_profiles(const char *folder, const char *path, pid_t pid, int status)
{
	if (!has_profile(folder, pid)) {
		if (WIFSIGNALED(status))
			complain("%s (process %d) was not searched for leaks: signal %d has killed it",
				 path, (int)pid, WTERMSIG(status));
		else
			complain("%s (process %d) was not searched for leaks: it ended by _exit(), became another program, or the library has said why",
				 path, (int)pid);
	}
	return count_files(folder, false) != 0;
}

/* The exit status; -1: that of the program. */
static int judge(const struct leaks *l, const char *folder, const char *heap, const char *path,
		 pid_t pid, int status)
{
	bool any = check_profiles(folder, path, pid, status);
	int shown = show(l, heap, folder);

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CANNOT_RUN && !any)
		return EXIT_CANNOT_RUN;
	if (shown != 0 && shown != HEAP_FOUND)
		return EXIT_OURS;
	/* A crash is worse news. */
	if (shown == HEAP_FOUND && l->status != 0 && WIFEXITED(status))
		return l->status;
	/* Nothing was searched: that is no success. */
	if (!any && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return EXIT_OURS;
	return -1;
}

int leaks_run(const struct leaks *l, const char *path, char **argv)
{
	char heap[PATH_MAX], folder[PATH_MAX];
	struct signals s;
	int status, ours = EXIT_OURS;
	pid_t pid;

	if (!find_heap(heap) || !make_folder(l, folder))
		return EXIT_OURS;
	/* An empty folder: says what is wrong with the files before the program runs. */
	if (show(l, heap, folder) != 0) {
		remove_folder(l, folder);
		return EXIT_OURS;
	}
	hold_signals(&s);
	pid = fork();
	if (pid == 0)
		become(path, argv, folder, &s);
	if (pid > 0) {
		status = wait_for(pid, &s);
		ours = judge(l, folder, heap, path, pid, status);
	} else {
		complain("no process can be made: %s", strerror(errno));
	}
	remove_folder(l, folder);
	return ours >= 0 ? ours : end_like(status, &s);
}
