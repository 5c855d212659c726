/* SPDX-License-Identifier: MIT */
/*
 * stats at exit: HAKMEM_STATS and HAKMEM_STATS_FILE.  One text for each process
 * that ends by exit(); a program killed, or ended by _exit(), writes none.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "api/report.h"
#include "base/file.h"
#include "base/message.h"
#include "hakmem.h"
#include "options/options.h"

/* Gathered, so that texts of processes that end together stay whole. */
struct gathered {
	int fd;
	int error; /* 0, or what ended the writing */
	size_t length;
	char text[8192];
};

static void flush(struct gathered *g)
{
	if (g->error == 0)
		g->error = message_write(g->fd, g->text, g->length);
	g->length = 0;
}

static void gather_text(void *arg, const char *text)
{
	struct gathered *g = arg;

	for (; *text != '\0'; text++) {
		if (g->length == sizeof(g->text))
			flush(g);
		g->text[g->length++] = *text;
	}
}

/* `pattern` with the process id for each %p; it is cut to what m holds. */
static void expand(struct message *m, const char *pattern)
{
	char one[2] = "";

	message_start(m);
	for (; *pattern != '\0'; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 'p') {
			message_decimal(m, (uint64_t)getpid());
			pattern++;
		} else {
			one[0] = *pattern;
			message_text(m, one);
		}
	}
}

/* strerror() may allocate. */
static const char *error_text(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "permission denied";
	case EAGAIN:
		return "the reader is too slow";
	case EISDIR:
		return "it is a directory";
	case ELOOP:
		return "it is a symbolic link";
	case ENOENT:
	case ENOTDIR:
		return "no such directory";
	case ENOSPC:
	case EDQUOT:
		return "no space left on device";
	case ENXIO:
		return "nobody reads from it";
	case EROFS:
		return "read-only file system";
	default:
		return "system error";
	}
}

static void complain_about_file(const char *path, int error)
{
	struct message m;

	message_start_line(&m);
	message_text(&m, "cannot write the statistics to ");
	message_foreign(&m, path);
	message_text(&m, ": ");
	message_text(&m, error_text(error));
	message_text(&m, " (error ");
	message_decimal(&m, (uint64_t)error);
	message_text(&m, ")");
	message_send(&m);
}

static void write_statistics(struct gathered *g, int64_t mode)
{
	api_stats_print(gather_text, g,
			mode == STATS_JSON ? HAK_STATS_JSON : HAK_STATS_TEXT);
	flush(g);
}

/*
 * O_NOFOLLOW: nobody else's link in /tmp leads what we write elsewhere.
 * O_NONBLOCK: a program that ends does not wait for the reader of a pipe or for
 * a terminal; with a regular file the flag does nothing.
 */
static void write_to_file(struct gathered *g, int64_t mode, const char *path)
{
	g->fd = file_open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY |
					O_NOFOLLOW | O_NONBLOCK);
	if (g->fd < 0) {
		complain_about_file(path, errno);
		return;
	}
	write_statistics(g, mode);
	file_close(g->fd);
	if (g->error != 0)
		complain_about_file(path, g->error);
}

__attribute__((destructor)) static void on_exit_write(void)
{
	static struct gathered g;
	const char *pattern = options_text(OPTION_STATS_FILE);
	int64_t mode = options_get(OPTION_STATS);
	struct message path;

	if (mode == STATS_NO)
		return;
	if (*pattern == '\0') {
		g.fd = STDERR_FILENO;
		write_statistics(&g, mode);
		return;
	}
	expand(&path, pattern);
	write_to_file(&g, mode, path.text);
}
