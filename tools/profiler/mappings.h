/* SPDX-License-Identifier: MIT */
/* profiler: which object an address belongs to. */
#ifndef HAK_PROFILER_MAPPINGS_H
#define HAK_PROFILER_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

#define BUILD_ID_MAX 32 /* bytes; 20 are usual */

/* A part of an object with code in it. */
struct mapping {
	uintptr_t begin, end;
	uint64_t offset; /* in the file */
	char build_id[2 * BUILD_ID_MAX + 1]; /* in hex, or "" */
	char name[1024];
};

/* How many this process has now. */
size_t mappings_count(void);
/* Fills up to `room` of them, the program's own first.  Returns how many. */
size_t mappings_read(struct mapping *m, size_t room);

/* The build id in `size` bytes of notes, written in hex; without one *to stays. */
void mapping_build_id(char *to, const char *note, size_t size);

#endif /* HAK_PROFILER_MAPPINGS_H */
