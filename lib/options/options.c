/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "options/options.h"

#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/message.h"

#define PREFIX "HAKMEM_"
#define PREFIX_LENGTH (sizeof(PREFIX) - 1)

#define OPTION(name_, type_, unit_, minimum_, maximum_, standard_, choices_,   \
	       configure_, tier_, summary_)                                    \
	{                                                                      \
		.name = #name_, .unit = (unit_), .choices = (choices_),        \
		.minimum = (minimum_), .maximum = (maximum_),                  \
		.standard = (standard_), .type = OPTION_TYPE_##type_,          \
	},
const struct option_row option_rows[OPTION_COUNT] = {
#include "options/options.def"
};
#undef OPTION

#define OPTION(name_, type_, unit_, minimum_, maximum_, standard_, ...) standard_,
int64_t option_values[OPTION_COUNT] = {
#include "options/options.def"
};
#undef OPTION

/* A decimal number that ends with the string and fits, or false. */
static bool parse_number(const char *text, int64_t *number)
{
	int64_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9' || value > INT64_MAX / 10 - 1)
			return false;
		value = value * 10 + (*text - '0');
	}
	*number = value;
	return true;
}

/* The position of `text` in "a|b|c", or false. */
static bool parse_choice(const char *text, const char *choices, int64_t *number)
{
	size_t length = strlen(text);

	for (int64_t position = 0;; position++) {
		size_t word = strcspn(choices, "|");

		if (word == length && memcmp(text, choices, word) == 0) {
			*number = position;
			return true;
		}
		if (choices[word] == '\0')
			return false;
		choices += word + 1;
	}
}

static bool parse(const struct option_row *row, const char *text, int64_t *number)
{
	if (row->type == OPTION_TYPE_CHOICE)
		return parse_choice(text, row->choices, number);
	return parse_number(text, number) && *number >= row->minimum &&
	       *number <= row->maximum;
}

static void complain(const struct option_row *row, const char *text)
{
	struct message m;

	message_start(&m);
	message_text(&m, "hakmem: " PREFIX);
	message_text(&m, row->name);
	message_text(&m, "=");
	message_foreign(&m, text);
	if (row->type == OPTION_TYPE_CHOICE) {
		message_text(&m, " is none of ");
		message_text(&m, row->choices);
	} else {
		message_text(&m, " is not a number from ");
		message_signed(&m, row->minimum);
		message_text(&m, " to ");
		message_signed(&m, row->maximum);
	}
	message_text(&m, "; the default is used");
	message_send(&m);
}

/* The row whose name is the first `length` bytes of `name`. */
static enum option find(const char *name, size_t length)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (strlen(option_rows[i].name) == length &&
		    memcmp(option_rows[i].name, name, length) == 0)
			return (enum option)i;
	return OPTION_COUNT;
}

enum option options_find(const char *name)
{
	if (strncmp(name, PREFIX, PREFIX_LENGTH) != 0)
		return OPTION_COUNT;
	return find(name + PREFIX_LENGTH, strlen(name + PREFIX_LENGTH));
}

/* entry: "HAKMEM_NAME=value". */
static void apply(const char *entry)
{
	const char *name = entry + PREFIX_LENGTH;
	size_t length = strcspn(name, "=");
	enum option option = find(name, length);
	int64_t value;

	if (option == OPTION_COUNT || name[length] != '=')
		return;
	if (parse(&option_rows[option], name + length + 1, &value))
		option_values[option] = value;
	else
		complain(&option_rows[option], name + length + 1);
}

bool options_load(void)
{
	static bool loaded; /* written before a second thread exists */

	if (loaded || getauxval(AT_SECURE))
		return true;
	if (!environ)
		return false;
	loaded = true;
	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, PREFIX, PREFIX_LENGTH) == 0)
			apply(*entry);
	return true;
}
