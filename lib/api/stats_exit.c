/* SPDX-License-Identifier: MIT */
/*
 * stats at exit: HAKMEM_STATS and HAKMEM_STATS_FILE.  One text for each process
 * that ends by exit(); a program killed, or ended by _exit(), writes none.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "api/out_file.h"
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

static void write_statistics(struct gathered *g, int64_t mode)
{
	hak_stats_print(gather_text, g,
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
		out_file_complain("the statistics", path, errno);
		return;
	}
	write_statistics(g, mode);
	file_close(g->fd);
	if (g->error != 0)
		out_file_complain("the statistics", path, g->error);
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
	out_file_name(&path, pattern);
	write_to_file(&g, mode, path.text);
}
