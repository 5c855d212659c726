/* SPDX-License-Identifier: MIT */
/*
 * profiler.so: the plug-in of the library for profiles (lib/profile/profiler.h).  Apart
 * from the library, so that this one needs libc alone.
 */
#include "profile/profiler.h"

#include <errno.h>
#include <sys/mman.h>

#include "hakmem.h"
#include "leaks.h"
#include "mappings.h"
#include "output.h"

extern const struct profiler hak_profiler __attribute__((visibility("default")));

/* Calls `write` with the mappings of this process. */
static int with_mappings(const char *path, const void *facts,
			 int (*write)(const char *path, const void *facts,
				      const struct mapping *m, size_t count))
{
	size_t count = mappings_count(), size = (count + 1) * sizeof(struct mapping);
	struct mapping *m = mmap(NULL, size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error;

	if (m == MAP_FAILED)
		return ENOMEM;
	count = mappings_read(m, count);
	error = write(path, facts, m, count);
	munmap(m, size);
	return error;
}

static int write_sums(const char *path, const void *facts, const struct mapping *m,
		      size_t count)
{
	return output_write(path, facts, m, count);
}

static int write_own(const char *path, const struct profile_facts *facts)
{
	return with_mappings(path, facts, write_sums);
}

static int write_lost(const char *path, const void *facts, const struct mapping *m,
		      size_t count)
{
	return leaks_write(path, facts, m, count);
}

static int write_leaks(const char *path, const struct leak_facts *facts)
{
	return with_mappings(path, facts, write_lost);
}

const struct profiler hak_profiler = {
	.version = HAKMEM_VERSION_STRING,
	.write = write_own,
	.write_leaks = write_leaks,
};
