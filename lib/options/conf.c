/* SPDX-License-Identifier: MIT */
#include "options/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/message.h"

#define LINE_SIZE 512
#define PATH_SIZE 1024

struct reader {
	int fd;
	size_t at, end; /* what is left of `buffer` */
	char buffer[LINE_SIZE];
	char line[LINE_SIZE];
	bool cut; /* the line did not fit */
};

void conf_start_message(struct message *m, const struct origin *origin)
{
	message_start_line(m);
	if (!origin->file)
		return;
	message_foreign(m, origin->file);
	if (origin->line != 0) {
		message_text(m, ", line ");
		message_decimal(m, origin->line);
	}
	message_text(m, ": ");
}

static void complain(const struct origin *origin, const char *what)
{
	struct message m;

	conf_start_message(&m, origin);
	message_text(&m, what);
	message_send(&m);
}

/* At each mismatch the last '*' of the glob stands for one more character. */
bool conf_glob(const char *glob, const char *text)
{
	const char *star = NULL, *taken = NULL;

	while (*text != '\0') {
		if (*glob == '*') {
			star = glob++;
			taken = text;
		} else if (*glob == '?' || *glob == *text) {
			glob++;
			text++;
		} else if (star) {
			glob = star + 1;
			text = ++taken;
		} else {
			return false;
		}
	}
	return glob[strspn(glob, "*")] == '\0';
}

/* The next byte of the file, or -1 at its end and at an error. */
static int next_byte(struct reader *r)
{
	ssize_t got;

	if (r->at == r->end) {
		do
			got = file_read(r->fd, r->buffer, sizeof(r->buffer));
		while (got < 0 && errno == EINTR);
		if (got <= 0)
			return -1;
		r->at = 0;
		r->end = (size_t)got;
	}
	return (unsigned char)r->buffer[r->at++];
}

/* Fills r->line without its newline; false: no line is left. */
static bool next_line(struct reader *r)
{
	size_t length = 0;
	int byte = next_byte(r);

	if (byte < 0)
		return false;
	r->cut = false;
	for (; byte >= 0 && byte != '\n'; byte = next_byte(r)) {
		if (length + 1 < sizeof(r->line))
			r->line[length++] = (char)byte;
		else
			r->cut = true;
	}
	r->line[length] = '\0';
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without the blanks at both ends. */
static char *trim(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && is_blank(text[length - 1]))
		text[--length] = '\0';
	while (is_blank(*text))
		text++;
	return text;
}

/* Without /proc a program matches no section. */
static bool program_matches(const char *glob)
{
	char path[PATH_SIZE];
	ssize_t length = file_link("/proc/self/exe", path, sizeof(path) - 1);

	if (length < 0)
		return false;
	path[length] = '\0';
	return conf_glob(glob, strchr(glob, '/') ? path : file_name(path));
}

/* line: "[glob]".  Returns whether the lines after it are for this program. */
static bool enter_section(char *line, struct origin *origin)
{
	size_t length = strlen(line);

	if (line[length - 1] != ']') {
		complain(origin, "the section has no ] at its end and is passed over");
		return false;
	}
	line[length - 1] = '\0';
	line++;
	/* A glob such as * or /? matches any program, or nearly any. */
	origin->for_all = line[strspn(line, "*?/")] == '\0';
	return program_matches(line);
}

static void read_lines(struct reader *r, struct origin *origin,
		       void (*take)(const char *, const struct origin *))
{
	bool ours = true;

	origin->for_all = true;
	while (next_line(r)) {
		char *line = trim(r->line);

		origin->line++;
		if (r->cut)
			complain(origin, "the line is longer than 511 bytes and is passed over");
		else if (*line == '[')
			ours = enter_section(line, origin);
		else if (ours && *line != '\0' && *line != '#')
			take(line, origin);
	}
}

/* It is a regular file, and in a setuid process only root may have written it. */
static bool may_read(int fd, const struct origin *origin, bool secure)
{
	struct stat st;

	if (file_stat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		complain(origin, "this is not a regular file and is not read");
		return false;
	}
	return !secure || (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

/*
 * Programs with which an administrator mends the file must start whatever the file says.
 * Some are scripts: AT_EXECFN is the name of the script, not of its interpreter.
 */
static bool is_own_program(void)
{
	const char *path = (const char *)getauxval(AT_EXECFN);

	return path && strncmp(file_name(path), "hakmem-", 7) == 0;
}

bool conf_read(const char *file, bool named, bool secure,
	       void (*take)(const char *entry, const struct origin *origin))
{
	struct origin origin = {.file = file};
	struct reader r;
	bool readable;

	if (!named && !secure && is_own_program())
		return false;
	r = (struct reader){.fd = file_open(file, O_NOCTTY | O_NONBLOCK)};
	if (r.fd < 0) {
		if (named)
			complain(&origin, errno == ENOENT ?
						  "there is no such file" :
						  "the file cannot be opened");
		return false;
	}
	readable = may_read(r.fd, &origin, secure);
	if (readable)
		read_lines(&r, &origin, take);
	file_close(r.fd);
	return readable;
}
