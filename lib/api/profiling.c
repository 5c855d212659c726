/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "api/profiling.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "api/backend.h"
#include "api/profile_files.h"
#include "api/profiled.h"
#include "api/request.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/message.h"
#include "hakmem.h"
#include "hardened/hardened.h"
#include "next_malloc/next_malloc.h"
#include "options/options.h"
#include "profile/profile.h"
#include "profile/profiler.h"
#include "profile/stack.h"

#define USUAL_MEAN 524288u

/* Opened once and never closed.  Written release, read acquire. */
static const struct profiler *profiler;
static int64_t began; /* the last profile: nanoseconds since 1970, relaxed */

/* ---- the plug-in ---- */

/* The folder libhakmem beside this library, which may stand anywhere. */
static void name_beside_library(struct message *m)
{
	Dl_info info;
	char *slash;

	message_start(m);
	if (dladdr((const void *)(uintptr_t)name_beside_library, &info) == 0)
		return;
	message_text(m, info.dli_fname);
	slash = strrchr(m->text, '/');
	m->length = slash ? (size_t)(slash + 1 - m->text) : 0;
	m->text[m->length] = '\0';
	message_text(m, "libhakmem/" PROFILER_FILE);
}

static void *open_plug_in(void)
{
	struct message beside;
	void *object;

	name_beside_library(&beside);
	object = dlopen(beside.text, RTLD_NOW | RTLD_LOCAL);
	return object ? object : dlopen(HAK_PROFILER_PATH, RTLD_NOW | RTLD_LOCAL);
}

int profiling_find_plug_in(void)
{
	const struct profiler *found;
	void *object;

	if (load_acquire(&profiler))
		return 0;
	object = open_plug_in();
	if (!object)
		return ENOENT;
	found = dlsym(object, PROFILER_SYMBOL);
	if (!found || strcmp(found->version, HAKMEM_VERSION_STRING) != 0)
		return ENOEXEC;
	store_release(&profiler, found);
	return 0;
}

/* ---- begin and end ---- */

static int64_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool is_possible(void)
{
	const struct backend *b = backend_now();

	return (b == &backend_usual || b == &backend_profiled) && !libc_is_static();
}

/* bytes: as of hak_profile_start() */
static int begin(uint64_t bytes)
{
	int error;

	if (bytes > CHANCE_MEAN_MAX)
		return EINVAL;
	if (!is_possible())
		return ENOTSUP;
	stack_start();
	error = profiled_begin(bytes != 0 ? bytes : USUAL_MEAN, stack_take);
	if (error == 0)
		store_relaxed(&began, now());
	return error;
}

int hak_profile_start(size_t bytes)
{
	int error = profiling_find_plug_in();

	return error == 0 ? begin(bytes) : error;
}

void hak_profile_stop(void)
{
	/* A handler that jumped out of a slow path may have left the lock taken. */
	if (profile_was_begun() && !lock_is_reentered())
		profiled_end();
}

uint64_t profiling_serve(uint32_t kind, uint64_t argument)
{
	if (kind == REQUEST_PROFILE_BEGIN)
		return (uint64_t)begin(argument);
	hak_profile_stop();
	return 0;
}

int hak_profile_dump(const char *path)
{
	struct profile_facts facts;
	int error;

	if (!path)
		return EINVAL;
	if (!profile_was_begun())
		return ENODATA;
	error = profiling_find_plug_in();
	if (error != 0)
		return error;
	facts = (struct profile_facts){
		.sites = sites_list(),
		.mean = profile_mean(),
		.began = load_relaxed(&began),
	};
	return load_acquire(&profiler)->write(path, &facts);
}

/* ---- HAKMEM_PROFILE ---- */

void profiling_complain(const char *why, const char *detail)
{
	struct message m;

	message_start_line(&m);
	message_text(&m, "HAKMEM_PROFILE: the program goes on without a profile: ");
	message_text(&m, why);
	message_foreign(&m, detail);
	message_send(&m);
}

/* libc has not started when the library is loaded: nothing can be opened with dlopen(). */
static bool is_installed(void)
{
	struct message beside;
	int fd;

	name_beside_library(&beside);
	fd = file_open(beside.text, O_RDONLY);
	if (fd < 0)
		fd = file_open(HAK_PROFILER_PATH, O_RDONLY);
	if (fd >= 0)
		file_close(fd);
	return fd >= 0;
}

/* A program with the rights of somebody else loads no plug-in and writes no file. */
void profiling_at_load(void)
{
	size_t mean = (size_t)options_get(OPTION_PROFILE);

	if (getauxval(AT_SECURE) != 0)
		return;
	if (mean == 0 && profile_files_are_asked_for())
		profiling_complain("the variable itself is not set", "");
	if (mean == 0)
		return;
	if (load_relaxed(&hardened_mode) == HARDENED_ON)
		profiling_complain("hardened mode has none", "");
	else if (libc_is_static())
		profiling_complain("it is a static one", "");
	else if (!is_possible())
		profiling_complain("libc's malloc serves it", "");
	else if (!is_installed())
		profiling_complain("install hakmem-tools: there is no file ", HAK_PROFILER_PATH);
	else if (begin(mean) == 0)
		profile_files_start();
}
