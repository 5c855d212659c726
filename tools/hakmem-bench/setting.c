/* SPDX-License-Identifier: MIT */
#include "setting.h"

#include "bench/common.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "HAKMEM_"

enum type { BOOL, INT, CHOICE, TEXT };

/* The rows from which the library's own parser is made. */
static const struct row {
	const char *name;
	enum type type;
	uint64_t least, most;
	const char *choices; /* "a|b|c" */
} rows[] = {
#define OPTION(name_, type_, unit_, least_, most_, standard_, choices_, ...) \
	{PREFIX #name_, type_, least_, most_, choices_},
#include "options/options.def"
#undef OPTION
	{NULL, BOOL, 0, 0, NULL},
};

static const struct row *find_row(const char *name)
{
	const struct row *r = rows;

	while (r->name && strcmp(r->name, name) != 0)
		r++;
	return r->name ? r : NULL;
}

static bool is_choice(const char *value, const char *choices)
{
	char *copy = copy_text(choices), *rest = copy, *word;
	bool found = false;

	while ((word = strsep(&rest, "|")))
		found |= strcmp(word, value) == 0;
	free(copy);
	return found;
}

static void check_value(const struct row *r, const char *value)
{
	struct param p = {r->name, r->least, r->most, 0};
	uint64_t number;
	char why[256];

	if (r->type == INT && *r->choices != '\0' && is_choice(value, r->choices))
		return;
	if (r->type == CHOICE && !is_choice(value, r->choices))
		refuse("%s is \"%s\", but must be one of %s", r->name, value, r->choices);
	if (r->type == TEXT && (strlen(value) < r->least || strlen(value) > r->most))
		refuse("%s is longer than %llu letters", r->name,
		       (unsigned long long)r->most);
	if ((r->type == BOOL || r->type == INT) &&
	    !param_read(&p, value, &number, why, sizeof why))
		refuse("%s", why);
}

void setting_check(const char *assignment)
{
	const struct row *r;
	char *name;

	if (strncmp(assignment, PREFIX, strlen(PREFIX)) != 0)
		return;
	name = strndup(assignment, strcspn(assignment, "="));
	r = name ? find_row(name) : NULL;
	if (!r)
		refuse("libhakmem has no variable %s; man hakmem and hakmem-run "
		       "--help-env list all", name);
	free(name);
	check_value(r, strchr(assignment, '=') + 1);
}
