/* SPDX-License-Identifier: MIT */
/*
 * profiler.so: the plug-in of the library for profiles (lib/profile/profiler.h).  Apart
 * from the library, so that this one needs libc alone.
 */
#include "profile/profiler.h"

#include <errno.h>
#include <sys/mman.h>

#include "hakmem.h"
#include "mappings.h"
#include "output.h"

extern const struct profiler hak_profiler __attribute__((visibility("default")));

static int write_own(const char *path, const struct profile_facts *facts)
{
	size_t count = mappings_count(), size = (count + 1) * sizeof(struct mapping);
	struct mapping *m = mmap(NULL, size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error;

	if (m == MAP_FAILED)
		return ENOMEM;
	count = mappings_read(m, count);
	error = output_write(path, facts, m, count);
	munmap(m, size);
	return error;
}

const struct profiler hak_profiler = {
	.version = HAKMEM_VERSION_STRING,
	.write = write_own,
};
