/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "base/message.h"

#include <errno.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

void message_start(struct message *m)
{
	m->length = 0;
	m->text[0] = '\0';
}

static void message_char(struct message *m, char c)
{
	if (m->length + 2 > MESSAGE_MAX) /* the newline keeps its place */
		return;
	m->text[m->length++] = c;
	m->text[m->length] = '\0';
}

void message_text(struct message *m, const char *text)
{
	while (*text != '\0')
		message_char(m, *text++);
}

static void foreign(struct message *m, const char *text, size_t most)
{
	for (; *text != '\0' && most > 0; text++, most--)
		message_char(m, (unsigned char)*text < ' ' ? '?' : *text);
}

void message_foreign(struct message *m, const char *text)
{
	foreign(m, text, SIZE_MAX);
}

static void message_number(struct message *m, uint64_t number, unsigned base)
{
	char digits[24];
	unsigned count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	while (count > 0)
		message_char(m, digits[--count]);
}

void message_decimal(struct message *m, uint64_t number)
{
	message_number(m, number, 10);
}

void message_signed(struct message *m, int64_t number)
{
	if (number < 0)
		message_char(m, '-');
	message_number(m, number < 0 ? -(uint64_t)number : (uint64_t)number, 10);
}

void message_hex(struct message *m, uint64_t number)
{
	message_text(m, "0x");
	message_number(m, number, 16);
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
	foreign(m, program_name(), PROGRAM_MAX);
	message_text(m, "[");
	if (pid > 0)
		message_decimal(m, (uint64_t)pid);
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
