/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "base/message.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

void message_start(struct message *m)
{
	m->length = 0;
	m->text[0] = '\0';
}

static void add_char(struct message *m, char c)
{
	if (m->length + 2 > MESSAGE_MAX) /* the newline keeps its place */
		return;
	m->text[m->length++] = c;
	m->text[m->length] = '\0';
}

void message_text(struct message *m, const char *text)
{
	while (*text != '\0')
		add_char(m, *text++);
}

static void add_line(struct message *m, const char *text, int most)
{
	for (; *text != '\0' && most > 0; text++, most--)
		add_char(m, (unsigned char)*text < ' ' ? '?' : *text);
}

static void add_number(struct message *m, uint64_t number, unsigned base)
{
	char digits[24];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	while (count > 0)
		add_char(m, digits[--count]);
}

/* kind: 'u', 'd' or 'x' */
static void add_long(struct message *m, char kind, uint64_t number)
{
	bool negative = kind == 'd' && (int64_t)number < 0;

	if (negative)
		add_char(m, '-');
	add_number(m, negative ? -number : number, kind == 'x' ? 16 : 10);
}

void message_add_list(struct message *m, const char *format, va_list arguments)
{
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			add_char(m, *format);
		} else if (*++format == 's') {
			add_line(m, va_arg(arguments, const char *), INT_MAX);
		} else if (*format == 'u') {
			add_number(m, va_arg(arguments, unsigned), 10);
		} else if (*format == 'l') {
			add_long(m, *++format, va_arg(arguments, uint64_t));
		} else { /* .*s */
			int most = va_arg(arguments, int);

			add_line(m, va_arg(arguments, const char *), most);
			format += 2;
		}
	}
}

void message_add(struct message *m, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message_add_list(m, format, arguments);
	va_end(arguments);
}

void message_say(const char *format, ...)
{
	struct message m;
	va_list arguments;

	message_start_line(&m);
	va_start(arguments, format);
	message_add_list(&m, format, arguments);
	va_end(arguments);
	message_send(&m);
}

/* libc has no name before its own start, nor for a program with an empty argv[0]. */
static const char *program_name(void)
{
	const char *name = program_invocation_short_name;

	if (!name || *name == '\0')
		name = (const char *)getauxval(AT_EXECFN);
	return name ? file_name(name) : "?";
}

/* A longer name is cut, so that the text of the message has room. */
#define PROGRAM_MAX 64

/*
 * The process id is asked for each time, because a fork may have changed it, and by a
 * plain system call, because another preloaded library may stand before getpid().
 * A filter of system calls may refuse the call: then the line has a '?' in its place.
 */
void message_start_line(struct message *m)
{
	int saved = errno;
	long pid = syscall(SYS_getpid);

	message_start(m);
	message_add(m, "%.*s[", PROGRAM_MAX, program_name());
	if (pid > 0)
		message_add(m, "%ld", pid);
	else
		message_text(m, "?");
	message_text(m, "]: hakmem: ");
	errno = saved;
}

int message_write(int fd, const char *text, size_t length)
{
	int saved = errno, error = 0;

	while (length > 0 && error == 0) {
		ssize_t done = file_write(fd, text, length);

		if (done > 0) {
			text += done;
			length -= (size_t)done;
		} else if (done == 0 || errno != EINTR) {
			error = done == 0 ? EIO : errno;
		}
	}
	errno = saved;
	return error;
}

void message_send(struct message *m)
{
	m->text[m->length] = '\n';
	message_write(STDERR_FILENO, m->text, m->length + 1);
	m->text[m->length] = '\0';
}
