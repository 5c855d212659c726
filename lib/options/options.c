/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "options/options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/cgroup.h"
#include "base/message.h"
#include "options/conf.h"
#include "os/hak_os_map_boundary.h"

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

char option_texts[OPTION_COUNT][OPTION_TEXT_SIZE];

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

/* HAKMEM_LIMIT_MB=cgroup: MiB, 0 where the cgroup has no limit. */
static int64_t limit_of_cgroup(void)
{
	uint64_t limit = cgroup_limit("");

	return limit == UINT64_MAX ? 0 : (int64_t)max_size(limit / 10 * 9 >> 20, 1);
}

static bool in_range(const struct option_row *row, int64_t number)
{
	return number >= row->minimum && number <= row->maximum;
}

/* Keeps the text; its length is the value of the option. */
static bool parse_text(const struct option_row *row, const char *text,
		       int64_t *number)
{
	char *kept = option_texts[row - option_rows];
	size_t length = strlen(text);

	if (length >= OPTION_TEXT_SIZE || !in_range(row, (int64_t)length))
		return false;
	if (length != 0 || kept[0] != '\0') /* else it stays untouched: a page */
		memcpy(kept, text, length + 1);
	*number = (int64_t)length;
	return true;
}

static bool parse(const struct option_row *row, const char *text, int64_t *number)
{
	if (row->type == OPTION_TYPE_CHOICE)
		return parse_choice(text, row->choices, number);
	if (row->type == OPTION_TYPE_TEXT)
		return parse_text(row, text, number);
	if (row->choices[0] != '\0' && strcmp(text, row->choices) == 0) {
		*number = limit_of_cgroup();
		return true;
	}
	return parse_number(text, number) && in_range(row, *number);
}

/* A name or a value from outside is shown up to this length. */
#define SHOWN_MAX 200

static void complain(const struct option_row *row, const char *text,
		     const struct origin *origin)
{
	if (row->type == OPTION_TYPE_CHOICE)
		conf_complain(origin, PREFIX "%s=%.*s is none of %s; the default is used",
			      row->name, SHOWN_MAX, text, row->choices);
	else
		conf_complain(origin, PREFIX "%s=%.*s %s from %ld to %ld%s%s; "
			      "the default is used", row->name, SHOWN_MAX, text,
			      row->type == OPTION_TYPE_TEXT ? "has not a length" :
							      "is not a number",
			      row->minimum, row->maximum,
			      row->choices[0] != '\0' ? " or " : "", row->choices);
}

/* A number as LIMIT_MB of all programs that is too low: shells and su would not start. */
static bool is_ignored(struct option_setting setting, const char *value,
		       const struct origin *origin)
{
	return setting.option == OPTION_LIMIT_MB && origin->for_all &&
	       setting.number != 0 && setting.number < 64 && *value <= '9';
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

/* Where each value comes from; not `ours`: from nowhere. */
static struct origin origins[OPTION_COUNT];

/* Those that were read: hakmem.conf, or the file that HAKMEM_CONF names, comes second. */
HAK_NEAR static const char *conf_files[2];

static void set(struct option_setting setting, const struct origin *origin)
{
	if (setting.option == OPTION_COUNT)
		return;
	option_values[setting.option] = setting.number;
	origins[setting.option] = *origin;
}

/* entry: "HAKMEM_NAME=value"; in a file there may be blanks around the '='. */
static struct option_setting judge(const char *entry, const struct origin *origin)
{
	const char *name = entry + PREFIX_LENGTH;
	size_t length = strcspn(name, "=");
	const char *value = name + length + 1;
	struct option_setting setting;

	if (origin->file) {
		value += strspn(value, CONF_BLANKS);
		while (length > 0 && strchr(CONF_BLANKS, name[length - 1]))
			length--;
	}
	setting = (struct option_setting){find(name, length), 0};
	if (setting.option == OPTION_COUNT)
		conf_complain(origin, "there is no variable " PREFIX "%.*s; man hakmem and "
			      "hakmem-run --help-env list all",
			      (int)min_size(length, SHOWN_MAX), name);
	else if (setting.option == OPTION_CONF && origin->file)
		conf_complain(origin, PREFIX "CONF works only in the environment");
	else if (!parse(&option_rows[setting.option], value, &setting.number))
		complain(&option_rows[setting.option], value, origin);
	else if (is_ignored(setting, value, origin))
		conf_complain(origin, PREFIX "LIMIT_MB for all programs is ignored below 64; "
					     "set it in the [section] of one program");
	else
		return setting;
	return (struct option_setting){OPTION_COUNT, 0};
}

struct option_setting options_judge_line(const char *line, const struct origin *origin)
{
	if (strncmp(line, PREFIX, PREFIX_LENGTH) == 0 && strchr(line, '='))
		return judge(line, origin);
	conf_complain(origin, "this is neither " PREFIX "NAME=value nor [program] nor a # comment");
	return (struct option_setting){OPTION_COUNT, 0};
}

static void apply_line(const char *line, const struct origin *origin)
{
	if (origin->ours && *line != '[')
		set(options_judge_line(line, origin), origin);
}

static void load_environment(void)
{
	static const struct origin environment = {.ours = true};

	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, PREFIX, PREFIX_LENGTH) == 0 && strchr(*entry, '='))
			set(judge(*entry, &environment), &environment);
}

/*
 * A setuid process removes our variables from its environment, as the loader does
 * with its own unsafe ones: a program that it executes would obey them.  The array
 * is edited in place, because unsetenv() takes a lock.  A constructor, because libc
 * may not have set `environ` yet when the options are loaded.  Priority 101 is the
 * first one that is not reserved: in a static program it runs before the others.
 */
__attribute__((constructor(101))) static void clean_environment(int argc, char **argv,
								char **environment)
{
	char **entry = environ ? environ : environment, **kept = entry;

	(void)argc;
	(void)argv;
	if (getauxval(AT_SECURE) == 0 || !entry)
		return;
	for (; *entry; entry++) {
		if (strncmp(*entry, PREFIX, PREFIX_LENGTH) == 0)
			continue;
		if (kept != entry) /* a program's own array may be constant */
			*kept = *entry;
		kept++;
	}
	if (kept != entry)
		*kept = NULL;
}

/*
 * HAKMEM_CONF names another file than hakmem.conf; empty, no file is read.  The line that
 * is read last wins.
 */
static void load_files(bool secure)
{
	const char *named = secure ? NULL : getenv("HAKMEM_CONF");
	const char *files[] = {HAK_PROGRAMS_FILE, named ? named : HAK_CONF_FILE};

	for (int i = 0; i < 2 && *files[1] != '\0'; i++)
		if (conf_read(files[i], NULL, named && i == 1, secure, apply_line))
			conf_files[i] = files[i];
	conf_complain_of_rest();
}

bool options_load(void)
{
	HAK_NEAR static bool loaded; /* written before a second thread exists */
	bool secure = getauxval(AT_SECURE) != 0;
	int saved = errno;

	if (loaded)
		return true;
	if (!secure && !environ)
		return false;
	loaded = true;
	load_files(secure);
	if (!secure)
		load_environment();
	if (options_get(OPTION_LIMIT_MB) != 0)
		os_set_limit((size_t)options_get(OPTION_LIMIT_MB) << 20);
	if (options_get(OPTION_NAME_MAPS))
		os_name_maps();
	errno = saved;
	return true;
}

/* ---- what is told at start ---- */

/* The word at `position` of "a|b|c". */
static void say_choice(struct message *m, const char *choices, int64_t position)
{
	for (; position > 0; position--)
		choices += strcspn(choices, "|") + 1;
	message_add(m, "%.*s", (int)strcspn(choices, "|"), choices);
}

/* As it would be written in the environment. */
static void say_option(struct message *m, enum option option)
{
	const struct option_row *row = &option_rows[option];

	message_add(m, PREFIX "%s=", row->name);
	if (row->type == OPTION_TYPE_TEXT)
		message_add(m, "%s", options_text(option));
	else if (row->type == OPTION_TYPE_CHOICE)
		say_choice(m, row->choices, option_values[option]);
	else
		message_add(m, "%ld", option_values[option]);
}

void options_say_changed(struct message *m)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_values[i] != option_rows[i].standard) {
			message_text(m, " ");
			say_option(m, (enum option)i);
		}
}

static void say_files(void)
{
	struct message m;

	message_start_line(&m);
	message_text(&m, "settings files:");
	for (int i = 0; i < 2; i++)
		if (conf_files[i])
			message_add(&m, " %s", conf_files[i]);
	message_text(&m, conf_files[0] || conf_files[1] ? "" : " none was read");
	message_send(&m);
}

static void say_origin(enum option option)
{
	const struct origin *origin = &origins[option];
	struct message m;

	conf_start_message(&m, origin);
	if (!origin->file)
		message_text(&m, "environment: ");
	say_option(&m, option);
	message_send(&m);
}

void options_say_origins(void)
{
	say_files();
	for (int i = 0; i < OPTION_COUNT; i++)
		if (origins[i].ours)
			say_origin((enum option)i);
}
