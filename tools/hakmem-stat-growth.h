/* SPDX-License-Identifier: MIT */
/* hakmem-stat: what has grown in a process, by class of blocks and by site, since --top began. */
#ifndef HAKMEM_STAT_GROWTH_H
#define HAKMEM_STAT_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

#include "hakmem-stat-process.h"

/* Bytes in use: at the first look, at the one before the last, and at the last. */
struct grown {
	uint64_t first, before, now;
};

/* The bins, then what has none, and all together. */
enum { CLASS_LARGE = BIN_COUNT, CLASS_HUGE, CLASS_ALL, CLASSES };

/* A site of the profile in the process. */
struct place {
	const struct site *there; /* its address, for the next look */
	struct site *site;	  /* the copy of the first look */
	struct grown live;
	char **function; /* `depth` of them, innermost first; NULL: not looked up yet */
};

struct growth {
	struct process process; /* as at the last look */
	unsigned looks;
	struct grown class[CLASSES];
	struct place *place;
	size_t places;
	const struct site *newest; /* the head of the list there at the last look */
	bool fresh; /* the profile began for this: no site held anything before */
};

/* *g is zero at first.  What cannot be read is missing; then the process has ended. */
enum outcome growth_look(struct growth *g, pid_t pid);

/* Looks the functions of a site up, once. */
void growth_name(struct growth *g, struct place *p);

void growth_free(struct growth *g);

#endif /* HAKMEM_STAT_GROWTH_H */
