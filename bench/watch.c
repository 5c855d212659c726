/* SPDX-License-Identifier: MIT */
/*
 * watch: the memory of a program and of the processes it starts, over time.
 *
 * Runs PROGRAM, and looks every EVERY milliseconds at those of its descendants
 * (and itself) that go by PROGRAM's name and have the malloc measured: not at the
 * shell of a script that starts it, or at clients without the allocator.  Memory is
 * PSS: a page that several processes share is divided among them.
 *
 *   pss_peak_kb       the largest sum; of that moment are the next five
 *   processes         how many there were
 *   pss_mean_kb, pss_most_kb   the mean and the largest of them
 *   anon_kb           what of the sum was no file
 *   private_kb        what was written, by one process alone
 *   pss_end_kb        the last sum of as many processes
 *
 * One op is a look.
 */
#include "child.h"
#include "common.h"
#include "series.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct sum {
	long processes, pss, anon, private_dirty, most;
};

struct watched {
	const char *name;	/* of the processes */
	char library[PATH_MAX]; /* that has the malloc measured */
	struct sum peak;
	long end;
	uint64_t looks;
	struct series series;
};

static bool descends_from_us(pid_t pid)
{
	while (pid > 1) {
		pid = (pid_t)proc_number(pid, "status", "\nPPid:");
		if (pid == getpid())
			return true;
	}
	return false;
}

/* By the first word of its command line: a script's is the shell. */
static bool has_name(pid_t pid, const char *name)
{
	char path[64], word[PATH_MAX] = "";
	const char *slash;
	int file;

	snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	if (read(file, word, sizeof word - 1) < 0)
		word[0] = '\0';
	close(file);
	word[strcspn(word, " ")] = '\0';
	slash = strrchr(word, '/');
	return strncmp(slash ? slash + 1 : word, name, strlen(name)) == 0;
}

static bool has_library(pid_t pid, const char *library)
{
	char path[64], *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%ld/maps", (long)pid);
	maps = fopen(path, "re");
	while (maps && !found && getline(&line, &size, maps) > 0)
		found = strstr(line, library) != NULL;
	free(line);
	if (maps)
		fclose(maps);
	return found;
}

/* A process that ended in between counts as nothing. */
static void add_process(struct sum *sum, pid_t pid)
{
	long pss = proc_number(pid, "smaps_rollup", "\nPss:");

	if (pss <= 0)
		return;
	sum->processes++;
	sum->pss += pss;
	sum->anon += proc_number(pid, "smaps_rollup", "\nPss_Anon:");
	sum->private_dirty += proc_number(pid, "smaps_rollup", "\nPrivate_Dirty:");
	if (pss > sum->most)
		sum->most = pss;
}

static struct sum sum_of(const struct watched *w)
{
	struct sum sum = {.processes = 0};
	DIR *processes = opendir("/proc");
	struct dirent *entry;

	while (processes && (entry = readdir(processes))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && has_name(pid, w->name) && descends_from_us(pid) &&
		    has_library(pid, w->library))
			add_process(&sum, pid);
	}
	closedir(processes);
	return sum;
}

static void look(struct watched *w)
{
	struct sum sum = sum_of(w);

	w->looks++;
	if (sum.processes == 0)
		return;
	if (sum.pss > w->peak.pss)
		w->peak = sum;
	if (sum.processes == w->peak.processes)
		w->end = sum.pss;
	if (series_due(&w->series))
		series_add(&w->series, sum.pss);
}

/* The file of the malloc in use, as it stands in /proc/PID/maps. */
static void find_library(struct watched *w)
{
	if (!realpath(malloc_owner(), w->library))
		fail("there is no file %s", malloc_owner());
}

static void run(const struct request *r, struct outcome *o)
{
	struct command c = command_of(r->words);
	const char *slash = strrchr(c.program[0], '/');
	struct watched w = {.name = slash ? slash + 1 : c.program[0]};
	struct stopwatch watch = stopwatch_start();
	int status;
	pid_t pid;

	find_library(&w);
	series_begin(&w.series, (double)r->values[0] * 1e-3);
	pid = child_fork();
	if (pid == 0)
		command_become(&c);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		look(&w);
		sleep_ms(r->values[0]);
	}
	stopwatch_stop(watch, o);
	o->cpu_seconds = 0;
	command_check(&c, status);
	if (w.peak.processes == 0)
		fail("no process %s with the malloc of %s was seen", w.name, w.library);
	o->ops = w.looks;
	o->rss_end_kb = NO_RSS_END;
	outcome_add(o, " processes=%ld pss_peak_kb=%ld pss_mean_kb=%ld pss_most_kb=%ld "
		    "anon_kb=%ld private_kb=%ld pss_end_kb=%ld", w.peak.processes,
		    w.peak.pss, w.peak.pss / w.peak.processes, w.peak.most,
		    w.peak.anon, w.peak.private_dirty, w.end);
	series_print(&w.series, o);
}

const struct workload watch = {
	.name = "watch",
	.summary = "a look at the processes of PROGRAM; their memory over time",
	.params = {{"EVERY", 1, 60000, 100}},
	.scaled = NOT_SCALED,
	.children = true,
	.untimed = true,
	.words = COMMAND_USAGE,
	.run = run,
};
