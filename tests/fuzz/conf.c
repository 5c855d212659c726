/* SPDX-License-Identifier: MIT */
/*
 * fuzz: a whole hakmem.conf.  Each line that is taken is a line of the file, in order,
 * without its blanks and the byte order mark; and the glob agrees with a plain one.
 */
#define _GNU_SOURCE
#include "options/conf.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* What of the file has not been looked at, and the number of its first line. */
static const char *left, *end;
static unsigned number;

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Goes to the line of that number. */
static void go_to(unsigned line)
{
	for (; number < line; number++) {
		left = memchr(left, '\n', (size_t)(end - left));
		must(left++);
	}
}

static const char *skip_blanks(const char *line)
{
	while (line < end && is_blank(*line))
		line++;
	return line;
}

static void take(const char *entry, const struct origin *origin)
{
	size_t length = strlen(entry);
	const char *line;

	must(origin->line >= number);
	go_to(origin->line);
	line = skip_blanks(left);
	if (number == 1 && end - line >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
		line = skip_blanks(line + 3);
	must(length != 0 && length < 512 && length <= (size_t)(end - line));
	must(memcmp(line, entry, length) == 0);
	must(!is_blank(entry[length - 1]) && *entry != '#');
}

static void check_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("conf", 0);
	char path[64];

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	left = (const char *)data;
	end = left + size;
	number = 1;
	must(conf_read(path, NULL, true, false, take));
	close(fd);
}

/* The same in the plainest way, which takes long for long texts. */
static bool plain_glob(const char *glob, const char *text)
{
	if (*glob == '*')
		return plain_glob(glob + 1, text) ||
		       (*text != '\0' && plain_glob(glob, text + 1));
	if (*text == '\0' || *glob == '\0')
		return *text == *glob;
	return (*glob == '?' || *glob == *text) && plain_glob(glob + 1, text + 1);
}

#define GLOB_MAX 12u

/* The file's first bytes, up to a newline, are a glob; what follows, a text. */
static void check_glob(const uint8_t *data, size_t size)
{
	char *glob = fuzz_text(data, size < 2 * GLOB_MAX ? size : 2 * GLOB_MAX);
	char *text = strchr(glob, '\n');

	if (text && (size_t)(text - glob) <= GLOB_MAX) {
		*text++ = '\0';
		must(conf_glob(glob, text) == plain_glob(glob, text));
	}
	free(glob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_file(data, size);
	check_glob(data, size);
	return 0;
}
