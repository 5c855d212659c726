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
#include "api/out_file.h"
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

/* Opened once and never closed.  Written release, read acquire. */
static const struct profiler *profiler;
/* Of the last profile: nanoseconds since 1970, or 0: there was none; its mean.  Relaxed. */
static int64_t began;
static uint64_t mean_then;

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

int profiling_find(const struct profiler **out)
{
	const struct profiler *found;
	void *object;

	*out = load_acquire(&profiler);
	if (*out)
		return 0;
	object = open_plug_in();
	if (!object)
		return ENOENT;
	found = dlsym(object, PROFILER_SYMBOL);
	if (!found || strcmp(found->version, HAKMEM_VERSION_STRING) != 0)
		return ENOEXEC;
	store_release(&profiler, found);
	*out = found;
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

int profiling_begin(uint64_t mean, profile_stack_fn stack)
{
	int error;

	stack_start();
	error = profiled_begin(mean, stack);
	if (error == 0) {
		store_relaxed(&mean_then, mean);
		store_relaxed(&began, now());
	}
	return error;
}

/* bytes: as of hak_profile_start() */
static int begin(uint64_t bytes)
{
	if (bytes > CHANCE_MEAN_MAX)
		return EINVAL;
	if (!is_possible())
		return ENOTSUP;
	return profiling_begin(bytes != 0 ? bytes : PROFILE_USUAL_MEAN, stack_take);
}

int64_t profiling_began(void)
{
	return load_relaxed(&began);
}

int hak_profile_start(size_t bytes)
{
	const struct profiler *found;
	int error = profiling_find(&found);

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
	const struct profiler *found;
	struct profile_facts facts;
	int error;

	if (!path)
		return EINVAL;
	if (load_relaxed(&began) == 0)
		return ENODATA;
	error = profiling_find(&found);
	if (error != 0)
		return error;
	facts = (struct profile_facts){
		.sites = load_acquire(&sites_first),
		.mean = load_relaxed(&mean_then),
		.began = load_relaxed(&began),
	};
	return found->write(path, &facts);
}

/* ---- HAKMEM_PROFILE and HAKMEM_LEAKS ---- */

void profiling_complain(const char *why, const char *detail)
{
	message_say("%s%s%s",
		    profiling_seeks_leaks() ?
			    "HAKMEM_LEAKS: the program goes on without a search for leaks: " :
			    "HAKMEM_PROFILE: the program goes on without a profile: ",
		    why, detail);
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
bool profiling_is_served(void)
{
	if (getauxval(AT_SECURE) != 0)
		return false;
	if (load_relaxed(&hardened_mode) == HARDENED_ON)
		profiling_complain("hardened mode has none", "");
	else if (libc_is_static())
		profiling_complain("it is a static one", "");
	else if (!is_possible())
		profiling_complain("libc's malloc serves it", "");
	else if (!is_installed())
		profiling_complain("install hakmem-tools: there is no file ", HAK_PROFILER_PATH);
	else
		return true;
	return false;
}

void profiling_name_file(struct message *m, const char *pattern)
{
	out_file_name(m, pattern);
	if (!strstr(pattern, "%p") && profile_is_inherited()) {
		struct message id;

		out_file_name(&id, ".%p");
		message_text(m, id.text);
	}
}

void profiling_lacks_plug_in(void)
{
	profiling_complain("install hakmem-tools " HAKMEM_VERSION_STRING
			   ": there is no profiler of this version at ",
			   HAK_PROFILER_PATH);
}
