/* SPDX-License-Identifier: MIT */
/* progress: one line on stderr with the time left, when that is a terminal. */
#ifndef HAKMEM_BENCH_PROGRESS_H
#define HAKMEM_BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	bool shown;
	size_t total, done;
	double start;
};

struct progress progress_begin(size_t total);
/* One more step begins: what it is. */
void progress_step(struct progress *p, const char *row, const char *variant);
void progress_end(struct progress *p);

#endif /* HAKMEM_BENCH_PROGRESS_H */
