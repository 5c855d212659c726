/* SPDX-License-Identifier: MIT */
/*
 * profiler: a file compressed with gzip, that appears whole or not at all; its memory is
 * mapped, not allocated.
 *
 * After an error nothing more is written, and packed_close() returns the error.
 */
#ifndef HAK_PROFILER_PACKED_H
#define HAK_PROFILER_PACKED_H

#include <stddef.h>

#include <limits.h>
#include <zlib.h>

/* What deflate takes with the settings of packed_open(), and room. */
#define PACKED_MEMORY (512u << 10)

struct packed {
	int fd;
	int error; /* 0, or the first error number */
	const char *path;
	z_stream stream;
	size_t used; /* of memory */
	char temporary[PATH_MAX];
	unsigned char out[16384];
	char memory[PACKED_MEMORY] __attribute__((aligned(16)));
};

/* Begins the file.  *p is zero before.  0, or the error number. */
int packed_open(struct packed *p, const char *path);
void packed_add(struct packed *p, const void *bytes, size_t size);
/* Ends the file, and gives it its name.  0, or the error number. */
int packed_close(struct packed *p);

#endif /* HAK_PROFILER_PACKED_H */
