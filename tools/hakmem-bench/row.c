/* SPDX-License-Identifier: MIT */
#include "row.h"

#include "bench/common.h"
#include "memory.h"
#include "setting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *no_words[] = {NULL};

struct row row_named(const char *name)
{
	struct row r = {.workload = workload_find(name),
			.label = copy_text(name),
			.request.words = no_words};

	if (!r.workload)
		refuse("there is no workload \"%s\"; hakmem-bench --help lists them",
		       name);
	for (unsigned i = 0; i < workload_params(r.workload); i++)
		r.request.values[i] = r.workload->params[i].usual;
	return r;
}

void row_free(struct row *r)
{
	free(r->label);
}

void row_check_words(const struct row *r)
{
	const char *wanted = r->workload->words;
	char **words = r->request.words;
	char usage[128];

	workload_usage(r->workload, usage, sizeof usage);
	if (wanted && *wanted != '[' && !words[0])
		refuse("%s needs %s: %s %s", r->workload->name, wanted,
		       r->workload->name, usage);
	if (words[0] && (!wanted || (words[1] && !strstr(wanted, "..."))))
		refuse("%s: \"%s\" is one argument too many", r->workload->name,
		       words[wanted ? 1 : 0]);
	for (; *words && strchr(*words, '='); words++)
		setting_check(*words);
}

void row_set(struct row *r, unsigned index, const char *text)
{
	char why[256];

	if (!param_read(&r->workload->params[index], text,
			&r->request.values[index], why, sizeof why))
		refuse("%s: %s", r->workload->name, why);
	if (index == r->workload->scaled)
		r->length_given = true;
}

bool row_set_named(struct row *r, const char *name, const char *text)
{
	if (strcasecmp(name, "working-set") == 0)
		name = "slots";
	for (unsigned i = 0; i < workload_params(r->workload); i++)
		if (strcasecmp(r->workload->params[i].name, name) == 0) {
			row_set(r, i, text);
			return true;
		}
	return false;
}

static void set_pair(struct row *r, char *pair)
{
	char *equals = strchr(pair, '=');

	if (!equals && r->workload->words) {
		r->request.words = get_memory(2, sizeof(char *));
		r->request.words[0] = copy_text(pair);
		return;
	}
	if (!equals)
		refuse("\"%s\" in \"%s\" is not PARAM=VALUE", pair, r->label);
	*equals = '\0';
	if (!row_set_named(r, pair, equals + 1))
		refuse("%s has no parameter \"%s\"", r->workload->name, pair);
}

struct row row_parse(const char *word)
{
	char *copy = copy_text(word), *rest = copy;
	struct row r = row_named(strsep(&rest, ":"));
	char *pair;

	free(r.label);
	r.label = copy_text(word);
	while ((pair = strsep(&rest, ",")))
		set_pair(&r, pair);
	free(copy);
	row_check_words(&r);
	return r;
}

bool row_is_single_thread(const struct row *r)
{
	for (unsigned i = 0; i < workload_params(r->workload); i++)
		if (strcmp(r->workload->params[i].name, "THREADS") == 0 &&
		    r->request.values[i] > 1)
			return false;
	return !r->workload->threaded;
}

json_t *row_params(const struct row *r)
{
	json_t *object = json_object();

	for (unsigned i = 0; i < workload_params(r->workload); i++)
		json_object_set_new(object, r->workload->params[i].name,
				    json_integer((json_int_t)r->request.values[i]));
	return object;
}

/* The program, --measure or --run, the name, the numbers, the words, NULL. */
#define BEFORE_NUMBERS 3

char **row_arguments(const struct row *r, bool timed)
{
	unsigned params = workload_params(r->workload), words = 0;
	char **arguments, **next;

	while (r->request.words[words])
		words++;
	arguments = get_memory(BEFORE_NUMBERS + params + words + 1,
			       sizeof *arguments);
	arguments[0] = program_invocation_short_name;
	arguments[1] = (char *)(timed ? "--measure" : "--run");
	arguments[2] = (char *)r->workload->name;
	next = arguments + BEFORE_NUMBERS;
	for (unsigned i = 0; i < params; i++)
		*next++ = print_text("%llu",
				     (unsigned long long)r->request.values[i]);
	memcpy(next, r->request.words, words * sizeof *next);
	return arguments;
}

void row_arguments_free(char **arguments, const struct row *r)
{
	for (unsigned i = 0; i < workload_params(r->workload); i++)
		free(arguments[BEFORE_NUMBERS + i]);
	free(arguments);
}
