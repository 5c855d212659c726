/* SPDX-License-Identifier: MIT */
/* api: hak_stats_print(), over the report. */
#include <unistd.h>

#include "api/report.h"
#include "api/route.h"
#include "base/message.h"

static void write_stderr(void *arg, const char *text)
{
	(void)arg;
	message_write(STDERR_FILENO, text, __builtin_strlen(text));
}

int api_stats_print(void (*write)(void *arg, const char *text), void *arg,
		    unsigned format)
{
	struct report r;

	report_take(&r);
	return report_print(&r, write ? write : write_stderr, arg, format);
}
