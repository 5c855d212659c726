/* SPDX-License-Identifier: MIT */
/*
 * suppress: files that say which leaks are known, as LeakSanitizer has them.  A line is
 * empty, a comment (#), or leak:PATTERN; see suppress_matches().
 */
#ifndef HAKMEM_HEAP_SUPPRESS_H
#define HAKMEM_HEAP_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>

struct suppressions {
	char **pattern;
	size_t count;
};

/* Adds those of a file.  A line that is wrong ends the program. */
void suppress_read(struct suppressions *s, const char *path);
void suppress_free(struct suppressions *s);

/*
 * Does a pattern match a part of the text?  * is any text; ^ at the start and $ at the
 * end of the pattern stand for those of the text.
 */
bool suppress_matches(const struct suppressions *s, const char *text);

#endif /* HAKMEM_HEAP_SUPPRESS_H */
