/* SPDX-License-Identifier: MIT */
/*
 * profile files: what HAKMEM_PROFILE writes: a profile at exit, and numbered ones when it
 * is time for one (HAKMEM_PROFILE_SECONDS) or resident memory has grown
 * (HAKMEM_PROFILE_RESIDENT_MB).  The thread of bg_purge.h writes those: a slow path of
 * malloc() opens no file and calls no dlopen(), since a lock of the program may be held.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>
#include <unistd.h>

#include "api/out_file.h"
#include "api/profiling.h"
#include "base/file.h"
#include "base/message.h"
#include "hakmem.h"
#include "options/options.h"
#include "profile/profile.h"
#include "profile/stack.h"
#include "purge/bg_purge.h"

#define USUAL_FILE "hakmem.%p.pb.gz"
#define USUAL_END ".pb.gz"

static bool started; /* written at load alone */

/* ---- one file ---- */

static void name_file(struct message *m)
{
	const char *pattern = options_text(OPTION_PROFILE_FILE);

	profiling_name_file(m, *pattern != '\0' ? pattern : USUAL_FILE);
}

/* An error that lasts is told once, and once more at exit. */
static void write_file(const char *path, bool last)
{
	static int told;
	const struct profiler *found;
	int error = profiling_find(&found);
	bool is_there = error == 0;

	if (is_there)
		error = hak_profile_dump(path);
	if (error != 0 && (last || error != told)) {
		if (is_there)
			out_file_complain("the profile", path, error);
		else
			profiling_lacks_plug_in();
	}
	told = error;
}

__attribute__((destructor)) static void on_exit_write(void)
{
	struct message path;

	if (!started)
		return;
	bg_purge_end_task();
	hak_profile_stop(); /* what dlopen() allocates is not the program's */
	name_file(&path);
	write_file(path.text, true);
}

/* ---- numbered files ---- */

/* The thread's alone, once it runs. */
static uint64_t next_time; /* seconds */
static uint64_t next_mark; /* MiB of resident memory */
static unsigned number;	   /* of the last file */

static bool files_are_asked_for(void)
{
	return options_get(OPTION_PROFILE_SECONDS) != 0 ||
	       options_get(OPTION_PROFILE_RESIDENT_MB) != 0;
}

static uint64_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec;
}

/* The second number of the file, in pages; 0: it cannot be read. */
static uint64_t resident_mib(void)
{
	char text[64];
	const char *resident;

	file_read_text("/proc/self/statm", text, sizeof(text));
	resident = strchr(text, ' ');
	return resident ? strtoull(resident, NULL, 10) * (uint64_t)getpagesize() >> 20 : 0;
}

static bool is_time(void)
{
	uint64_t period = (uint64_t)options_get(OPTION_PROFILE_SECONDS), time = now();

	if (period == 0 || time < next_time)
		return false;
	next_time = time + period;
	return true;
}

static bool has_grown(void)
{
	uint64_t step = (uint64_t)options_get(OPTION_PROFILE_RESIDENT_MB), resident;

	if (step == 0)
		return false;
	resident = resident_mib();
	if (resident < next_mark)
		return false;
	next_mark = (resident / step + 1) * step;
	return true;
}

/* hakmem.1.pb.gz becomes hakmem.1.0001.pb.gz. */
static void add_number(struct message *m)
{
	size_t end = strlen(USUAL_END);
	bool usual = m->length >= end && strcmp(m->text + m->length - end, USUAL_END) == 0;

	if (usual)
		m->text[m->length -= end] = '\0';
	message_text(m, ".");
	for (unsigned digit = 1000; digit > number; digit /= 10)
		message_text(m, "0");
	message_add(m, "%u", number);
	message_text(m, usual ? USUAL_END : "");
}

static void look(void)
{
	bool due = is_time();
	struct message path;

	if ((!has_grown() && !due) || !profile_is_on(load_relaxed(&profile_epoch)))
		return;
	number++;
	name_file(&path);
	add_number(&path);
	write_file(path.text, false);
}

static void start(void)
{
	started = true;
	next_time = now() + (uint64_t)options_get(OPTION_PROFILE_SECONDS);
	next_mark = (uint64_t)options_get(OPTION_PROFILE_RESIDENT_MB);
	if (files_are_asked_for())
		bg_purge_add_task(look);
}

void profile_files_at_load(void)
{
	uint64_t mean = (uint64_t)options_get(OPTION_PROFILE);

	if (profiling_seeks_leaks())
		return;
	if (mean == 0 && files_are_asked_for() && getauxval(AT_SECURE) == 0)
		profiling_complain("the variable itself is not set", "");
	if (mean != 0 && profiling_is_served() && profiling_begin(mean, stack_take) == 0)
		start();
}
