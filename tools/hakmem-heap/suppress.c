/* SPDX-License-Identifier: MIT */
#include "suppress.h"

#include "bench/common.h"
#include "tools/hakmem-bench/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND "leak:"
#define BLANKS " \t\r\n"

/* ---- files ---- */

static void add(struct suppressions *s, const char *pattern)
{
	s->pattern = realloc(s->pattern, (s->count + 1) * sizeof(*s->pattern));
	if (!s->pattern)
		fail("out of memory");
	s->pattern[s->count++] = copy_text(pattern);
}

static void read_line(struct suppressions *s, char *line, const char *path, size_t number)
{
	size_t length;

	line += strspn(line, BLANKS);
	length = strlen(line);
	while (length > 0 && strchr(BLANKS, line[length - 1]))
		line[--length] = '\0';
	if (*line == '\0' || *line == '#')
		return;
	if (strncmp(line, KIND, strlen(KIND)) != 0)
		fail("%s, line %zu: it does not begin with leak:", path, number);
	line += strlen(KIND);
	if (line[strspn(line, "*^$")] == '\0')
		fail("%s, line %zu: the pattern would leave out every leak", path, number);
	add(s, line);
}

void suppress_read(struct suppressions *s, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, number = 0;

	if (!file)
		fail("%s: %s", path, strerror(errno));
	errno = 0;
	while (getline(&line, &size, file) >= 0)
		read_line(s, line, path, ++number);
	if (ferror(file))
		fail("%s: %s", path, strerror(errno));
	free(line);
	fclose(file);
}

void suppress_free(struct suppressions *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->pattern[i]);
	free(s->pattern);
}

/* ---- patterns ---- */

/* The first place of `part` in the text, or NULL. */
static const char *find_part(const char *text, const char *part, size_t length)
{
	for (; strlen(text) >= length; text++)
		if (memcmp(text, part, length) == 0)
			return text;
	return NULL;
}

/* Is the last part, which no * follows; only the end of the text will do for one with $. */
static bool matches_end(const char *text, const char *part, size_t length, bool fixed)
{
	size_t left = strlen(text);

	return left >= length && (fixed ? left == length :
				  true) && memcmp(text + left - length, part, length) == 0;
}

/* Each part between stars is looked for behind the one before. */
static bool matches(const char *pattern, const char *text)
{
	bool fixed = *pattern == '^';

	pattern += fixed;
	for (;; fixed = false) {
		size_t length = strcspn(pattern, "*");
		bool last = pattern[length] == '\0';

		if (last && length > 0 && pattern[length - 1] == '$')
			return matches_end(text, pattern, length - 1, fixed);
		if (fixed ? strncmp(text, pattern, length) != 0 :
			    !find_part(text, pattern, length))
			return false;
		if (last)
			return true;
		text = (fixed ? text : find_part(text, pattern, length)) + length;
		pattern += length + 1;
	}
}

bool suppress_matches(const struct suppressions *s, const char *text)
{
	for (size_t i = 0; i < s->count; i++)
		if (matches(s->pattern[i], text))
			return true;
	return false;
}
