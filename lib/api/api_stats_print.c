/* SPDX-License-Identifier: MIT */
/* api: hak_stats_print(), over the report. */
#include <unistd.h>

#include "api/report.h"
#include "api/route.h"

static void write_stderr(void *arg, const char *text)
{
	size_t left = __builtin_strlen(text);

	(void)arg;
	while (left > 0) {
		ssize_t done = write(STDERR_FILENO, text, left);

		if (done <= 0)
			return;
		text += done;
		left -= (size_t)done;
	}
}

int api_stats_print(void (*write)(void *arg, const char *text), void *arg,
		    unsigned format)
{
	struct report r;

	report_take(&r);
	return report_print(&r, write ? write : write_stderr, arg, format);
}
