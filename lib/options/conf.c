/* SPDX-License-Identifier: MIT */
#include "options/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/message.h"

#define BUFFER_SIZE 2048
#define LINE_SIZE 512
#define PATH_SIZE 1024
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct reader {
	int fd;
	off_t unread;	/* bytes of the file that were not read yet */
	size_t at, end; /* what is left of `buffer` */
	char buffer[BUFFER_SIZE];
	char line[LINE_SIZE];
	bool cut;	     /* the line did not fit */
	const char *program; /* NULL: no section has asked for it yet */
	char path[PATH_SIZE];
};

HAK_NEAR unsigned conf_complaints, conf_complaints_sent = 10;

void conf_start_message(struct message *m, const struct origin *origin)
{
	message_start_line(m);
	if (origin->file)
		message_add(m, "%s", origin->file);
	if (origin->line != 0)
		message_add(m, ", line %u", origin->line);
	if (origin->file)
		message_text(m, ": ");
}

void conf_complain(const struct origin *origin, const char *format, ...)
{
	struct message m;
	va_list arguments;

	if (origin->line != 0 && ++conf_complaints > conf_complaints_sent)
		return;
	conf_start_message(&m, origin);
	va_start(arguments, format);
	message_add_list(&m, format, arguments);
	va_end(arguments);
	message_send(&m);
}

void conf_complain_of_rest(void)
{
	if (conf_complaints > conf_complaints_sent)
		message_say("%u more lines are wrong; hakmem-run --check-conf shows all",
			    conf_complaints - conf_complaints_sent);
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

/*
 * The next byte of the file, or -1 at its end and at an error.  The size of the file says
 * where its end is: that saves the read() that returns 0.
 */
static int next_byte(struct reader *r)
{
	ssize_t got;

	if (r->at == r->end) {
		if (r->unread <= 0)
			return -1;
		do
			got = file_read(r->fd, r->buffer, sizeof(r->buffer));
		while (got < 0 && errno == EINTR);
		if (got <= 0)
			return -1;
		r->unread -= got;
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

/* Without the blanks at both ends. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, CONF_BLANKS);
	length = strlen(text);
	while (length > 0 && strchr(CONF_BLANKS, text[length - 1]))
		text[--length] = '\0';
	return text;
}

/* Without /proc a program matches no section. */
static bool program_matches(struct reader *r, const char *glob)
{
	if (!r->program) {
		ssize_t length = file_link("/proc/self/exe", r->path, PATH_SIZE - 1);

		if (length < 0)
			return false;
		r->path[length] = '\0';
		r->program = r->path;
	}
	return conf_glob(glob, strchr(glob, '/') ? r->program : file_name(r->program));
}

/* line: "[glob]".  Are the lines after it for the program? */
static void enter_section(struct reader *r, char *line, struct origin *origin)
{
	size_t end = strlen(line) - 1;

	origin->ours = line[end] == ']';
	if (!origin->ours) {
		conf_complain(origin, "the section has no ] at its end and is passed over");
		return;
	}
	line[end] = '\0';
	/* A glob such as * or /? matches any program, or nearly any. */
	origin->for_all = line[1 + strspn(line + 1, "*?/")] == '\0';
	origin->ours = program_matches(r, line + 1);
	line[end] = ']';
}

static void read_lines(struct reader *r, struct origin *origin,
		       void (*take)(const char *, const struct origin *))
{
	origin->ours = origin->for_all = true;
	while (next_line(r)) {
		char *line = trim(r->line);

		if (origin->line++ == 0 && strncmp(line, BYTE_ORDER_MARK, 3) == 0)
			line = trim(line + 3);
		if (r->cut) {
			conf_complain(origin, "the line is longer than 511 bytes and is passed over");
			continue;
		}
		if (*line == '[')
			enter_section(r, line, origin);
		if (*line != '\0' && *line != '#')
			take(line, origin);
	}
}

/* It is a regular file, and in a setuid process only root may have written it. */
static bool may_read(struct reader *r, const struct origin *origin, bool secure)
{
	struct stat st;

	if (file_stat(r->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		conf_complain(origin, "this is not a regular file and is not read");
		return false;
	}
	r->unread = st.st_size;
	return !secure || (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

/*
 * Programs with which an administrator mends the file must start whatever the file says.
 * Some are scripts: AT_EXECFN is the name of the script, not of its interpreter.
 */
bool conf_is_ignored_by(const char *path)
{
	return strncmp(file_name(path), "hakmem-", 7) == 0;
}

static bool is_own_program(void)
{
	const char *path = (const char *)getauxval(AT_EXECFN);

	return path && conf_is_ignored_by(path);
}

bool conf_read(const char *file, const char *program, bool named, bool secure,
	       void (*take)(const char *line, const struct origin *origin))
{
	struct origin origin = {.file = file};
	struct reader r;
	bool readable;

	if (!named && !secure && is_own_program())
		return false;
	r = (struct reader){.fd = file_open(file, O_NOCTTY | O_NONBLOCK),
			    .program = program};
	if (r.fd < 0) {
		if (named)
			conf_complain(&origin, errno == ENOENT ?
						       "there is no such file" :
						       "the file cannot be opened");
		return false;
	}
	readable = may_read(&r, &origin, secure);
	if (readable)
		read_lines(&r, &origin, take);
	file_close(r.fd);
	return readable;
}
