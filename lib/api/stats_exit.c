/* SPDX-License-Identifier: MIT */
/*
 * stats at exit: HAKMEM_STATS and HAKMEM_STATS_FILE.  One text for each process
 * that ends by exit(); a program killed, or ended by _exit(), writes none.
 */
#include <fcntl.h>
#include <unistd.h>

#include "api/route.h"
#include "base/file.h"
#include "base/message.h"
#include "hakmem.h"
#include "options/options.h"

/* Gathered, so that texts of processes that end together stay whole. */
struct gathered {
	int fd;
	size_t length;
	char text[8192];
};

static void flush(struct gathered *g)
{
	message_write(g->fd, g->text, g->length);
	g->length = 0;
}

static void gather(void *arg, const char *text)
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

/* O_NOFOLLOW: nobody else's link in /tmp leads what we write elsewhere. */
static int open_output(const char *pattern)
{
	struct message path, m;
	int fd;

	if (*pattern == '\0')
		return STDERR_FILENO;
	expand(&path, pattern);
	fd = file_open(path.text, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY |
					  O_NOFOLLOW);
	if (fd < 0) {
		message_start(&m);
		message_text(&m, "hakmem: HAKMEM_STATS_FILE: ");
		message_foreign(&m, path.text);
		message_text(&m, " cannot be opened for writing; no statistics are kept");
		message_send(&m);
	}
	return fd;
}

__attribute__((destructor)) static void on_exit_write(void)
{
	static struct gathered g;
	int64_t mode = options_get(OPTION_STATS);

	if (mode == STATS_NO)
		return;
	g.fd = open_output(options_text(OPTION_STATS_FILE));
	if (g.fd < 0)
		return;
	api_stats_print(gather, &g,
			mode == STATS_JSON ? HAK_STATS_JSON : HAK_STATS_TEXT);
	flush(&g);
	if (g.fd != STDERR_FILENO)
		file_close(g.fd);
}
