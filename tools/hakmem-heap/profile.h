/* SPDX-License-Identifier: MIT */
/*
 * profile: a profile in pprof's format, checked: every number in it that names
 * another record names one that is there, and all text can be shown.
 */
#ifndef HAKMEM_HEAP_PROFILE_H
#define HAKMEM_HEAP_PROFILE_H

#include <stddef.h>
#include <stdint.h>

/* A part of a file in the memory of the process.  Text may be "". */
struct mapping {
	uint64_t start, offset; /* in memory and in the file */
	const char *file, *build_id;
};

/* What the profile itself says of an address. */
struct line {
	const char *function, *file;
	int64_t number;
};

struct location {
	uint64_t address;
	const struct mapping *mapping; /* NULL: of no file */
	struct line *line; /* the innermost first */
	size_t lines; /* 0: the profile has no functions */
};

struct sample {
	const struct location **stack; /* the innermost first */
	size_t depth;
	uint64_t value;
};

struct profile {
	struct mapping *mapping;
	struct location *location;
	struct sample *sample;
	size_t mappings, locations, samples; /* perhaps no samples */
	const char **comment;
	size_t comments;
	const char *kind, *unit; /* of the values */
	uint64_t total;
	void *message; /* owns the text */
};

/*
 * Reads the values of one kind, such as "inuse_space".  NULL, or why it cannot be:
 * a predicate for the name of the file, to be freed.  Free the profile only after NULL.
 */
char *profile_decode(struct profile *p, const uint8_t *data, size_t size, const char *kind);
void profile_free(struct profile *p);

#endif /* HAKMEM_HEAP_PROFILE_H */
