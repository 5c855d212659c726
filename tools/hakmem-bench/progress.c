/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "bench/common.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 20
#define CLEAR "\r\033[K"

struct progress progress_begin(size_t total)
{
	return (struct progress){.shown = isatty(STDERR_FILENO), .total = total,
				 .start = now_seconds()};
}

/* Steps take about the same time, so the past tells the future. */
static unsigned seconds_left(const struct progress *p)
{
	double spent = now_seconds() - p->start;

	return (unsigned)(spent / (double)p->done * (double)(p->total - p->done));
}

void progress_step(struct progress *p, const char *row, const char *variant)
{
	size_t filled = p->done * WIDTH / p->total;

	if (p->shown) {
		fprintf(stderr, CLEAR "[%.*s%.*s] %3zu %%", (int)filled,
			"####################", (int)(WIDTH - filled),
			"....................", p->done * 100 / p->total);
		if (p->done > 0)
			fprintf(stderr, " %u:%02u left", seconds_left(p) / 60,
				seconds_left(p) % 60);
		fprintf(stderr, "  %.30s on %.20s", row, variant);
		fflush(stderr);
	}
	p->done++;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs(CLEAR, stderr);
}
