/* SPDX-License-Identifier: MIT */
/*
 * workload: what a workload is, in one table, for the small programs and for
 * hakmem-bench alike.
 *
 * Each workload is one file with one `const struct workload`.  workload_main()
 * reads its numbers from the command line, runs it, checks that malloc still
 * keeps its promises, and prints one line of name=value pairs; nothing of that
 * allocates before the workload runs.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARAMS_MAX 5
#define EXTRA_MAX 2048
/* What is written, to no file, around a run: marks for a tracer. */
#define RUN_BEGINS "run begins"
#define RUN_ENDS "run ends"
/* For a workload that has ended before anyone could look. */
#define NO_RSS_END (-1L)
/* For a workload whose length no parameter sets. */
#define NOT_SCALED PARAMS_MAX

/* A decimal number on the command line, `usual` where it is left out. */
struct param {
	const char *name; /* in capitals; NULL ends the list */
	uint64_t least, most, usual;
};

struct request {
	uint64_t values[PARAMS_MAX];
	char **words; /* what follows the numbers, ended by NULL */
};

struct outcome {
	uint64_t ops;
	double seconds;
	double cpu_seconds; /* in the same time; 0: not known */
	/* 0 where that of this process is meant. */
	long rss_end_kb;
	char extra[EXTRA_MAX]; /* "" or further " name=value" pairs */
};

struct workload {
	const char *name;
	const char *summary; /* what one op is */
	struct param params[PARAMS_MAX];
	unsigned scaled;   /* the parameter that sets the length of a run */
	bool dry;          /* can run without an allocator */
	bool threaded;     /* has several threads whatever the numbers say */
	bool children;     /* the work is done by processes that it waits for */
	bool untimed;      /* no second run to time its calls: it has none, or it
			      tells latencies of its own, or none are meant */
	const char *words; /* usage of the words that follow, or NULL; in brackets
			      what may be left out, with ... what may be several */
	void (*run)(const struct request *r, struct outcome *o);
};

/* Of all workloads; ended by NULL. */
extern const struct workload *const workloads[];

/* By name, '_' being as good as '-'; NULL if there is none. */
const struct workload *workload_find(const char *name);

/* "OPS MAXSIZE [...]" */
void workload_usage(const struct workload *w, char *text, size_t size);

/* Is this word a number of `w`, or the first of the words that follow them? */
bool workload_takes_number(const struct workload *w, const char *word);

/* How many parameters `w` has. */
unsigned workload_params(const struct workload *w);

/*
 * Reads `text` as a value of `p`; false when it is none, and then `why` says
 * so in half a sentence.
 */
bool param_read(const struct param *p, const char *text, uint64_t *value,
		char *why, size_t size);

/*
 * Runs `w` with the numbers and words of `arguments` (ended by NULL) and
 * prints the line.  If `timed`, a shorter run follows, in which each call is
 * timed.  Bad numbers end the program with status 2, a failed run with 1, each
 * with one sentence.
 */
void workload_main(const struct workload *w, char **arguments, bool timed);

#endif /* BENCH_WORKLOAD_H */
