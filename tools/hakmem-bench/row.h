/* SPDX-License-Identifier: MIT */
/*
 * row: a workload with all its numbers, as it is run.  Written as a word it is
 * NAME or NAME:PARAM=VALUE,PARAM=VALUE ("pool-tls:threads=4"), where a workload
 * that takes a word beside numbers finds it too ("mixed-trace:FILE").
 */
#ifndef HAKMEM_BENCH_ROW_H
#define HAKMEM_BENCH_ROW_H

#include "bench/workload.h"

#include <jansson.h>

struct row {
	const struct workload *workload;
	char *label;
	struct request request;
	bool length_given; /* the length is the user's, not ours to calibrate */
};

/* With the usual numbers; refuses a name that no workload has. */
struct row row_named(const char *name);

/* Reads the word; refuses what is none. */
struct row row_parse(const char *word);

void row_free(struct row *r);

/*
 * Refuses a row without the words that its workload needs, or with more of them, or with
 * a variable that setting_check() refuses.
 */
void row_check_words(const struct row *r);

/* Sets parameter `index`; refuses a bad number. */
void row_set(struct row *r, unsigned index, const char *text);

/*
 * The same by the parameter's name in any case, where working-set is slots;
 * false if it has none such.
 */
bool row_set_named(struct row *r, const char *name, const char *text);

/* Does one thread do all the work? */
bool row_is_single_thread(const struct row *r);

/* {"THREADS": 1, ...} */
json_t *row_params(const struct row *r);

/*
 * As a vector of `--measure NAME NUMBER... WORD...` or, if the calls are not to
 * be timed, `--run NAME...`; to be freed.
 */
char **row_arguments(const struct row *r, bool timed);
void row_arguments_free(char **arguments, const struct row *r);

#endif /* HAKMEM_BENCH_ROW_H */
