/* SPDX-License-Identifier: MIT */
/*
 * variant: what a workload is run on: a library to preload and variables of the
 * environment.  The loader finds libraries by soname, as it would for a user,
 * except libhakmem, which is that of this program's own build or installation;
 * whether it did is seen by who owns malloc in the run.
 */
#ifndef HAKMEM_BENCH_VARIANT_H
#define HAKMEM_BENCH_VARIANT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct variant {
	char *label;
	/* NULL: whatever LD_PRELOAD says already; "": libc's malloc. */
	char *preload;
	char **assignments; /* NAME=VALUE, ended by NULL; may be NULL */
};

struct variants {
	struct variant *list;
	size_t count;
};

/* Adds a name ("jemalloc"), a PATH, or LABEL=PATH; refuses what is neither. */
void variants_add(struct variants *v, const char *item);

/* The same for each item of a list with commas. */
void variants_add_list(struct variants *v, const char *items);

/* libc's malloc and every library known by name. */
void variants_add_known(struct variants *v);

/*
 * Adds one for `words` ("VAR=x VAR2=y", "PATH.so VAR=x") on top of `base`,
 * labelled with the words.
 */
void variants_add_words(struct variants *v, const struct variant *base,
			const char *words);

void variants_free(struct variants *v);

/* Settles LD_PRELOAD and the variables in this process, to be replaced. */
void variant_enter(const struct variant *v);

/* May the malloc of a run on `v` be owned by this file? */
bool variant_owns(const struct variant *v, const char *owner);

json_t *variant_json(const struct variant *v);

#endif /* HAKMEM_BENCH_VARIANT_H */
