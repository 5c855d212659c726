/* SPDX-License-Identifier: MIT */
#include "api/hello.h"

#include "base/die.h"
#include "hakmem.h"
#include "options/conf.h"
#include "options/options.h"
#include "size_class/size_class.h"

/* What configure chose; a macro that is not defined is a switch that is off. */
#if defined(HAK_INTERPOSITION)
#define BUILD_MALLOC "malloc"
#else
#define BUILD_MALLOC "no malloc"
#endif
#if defined(HAK_CXX_OPERATORS)
#define BUILD_CXX ", C++ operators"
#else
#define BUILD_CXX ", no C++ operators"
#endif
#if defined(HAK_POOL_TLS)
#define BUILD_POOL ", Pool TLS"
#else
#define BUILD_POOL ", no Pool TLS"
#endif
#if defined(HAK_C0_8B)
#define BUILD_C0 ", 8-byte blocks"
#else
#define BUILD_C0 ""
#endif

/* The word at `position` of "a|b|c". */
static void say_choice(struct message *m, const char *choices, int64_t position)
{
	char word[2] = "";

	for (; *choices != '\0' && position >= 0; choices++) {
		position -= *choices == '|';
		word[0] = *choices;
		if (position == 0 && *choices != '|')
			message_text(m, word);
	}
}

/* As it would be written in the environment. */
static void say_option(struct message *m, enum option option)
{
	const struct option_row *row = &option_rows[option];

	message_text(m, "HAKMEM_");
	message_text(m, row->name);
	message_text(m, "=");
	if (row->type == OPTION_TYPE_TEXT)
		message_foreign(m, options_text(option));
	else if (row->type == OPTION_TYPE_CHOICE)
		say_choice(m, row->choices, option_values[option]);
	else
		message_signed(m, option_values[option]);
}

static void say_version(void)
{
	struct message m;

	message_start_line(&m);
	message_text(&m, "version " HAKMEM_VERSION_STRING ", ");
	message_decimal(&m, BIN_COUNT);
	message_text(&m, " bins, header classes ");
	message_decimal(&m, HAK_HEADER_CLASSES);
	message_text(&m, HAK_DEBUG_BUILD ? ", debug;" : ", release;");
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_values[i] != option_rows[i].standard) {
			message_text(&m, " ");
			say_option(&m, (enum option)i);
		}
	message_send(&m);
}

static void say_file(void)
{
	const char *file = options_conf_file();
	struct message m;

	message_start_line(&m);
	message_text(&m, "settings file: ");
	message_foreign(&m, file ? file : "none was read");
	message_send(&m);
}

static void say_where_from(enum option option)
{
	const struct origin *origin = options_origin(option);
	struct message m;

	if (!origin)
		return;
	conf_start_message(&m, origin);
	if (!origin->file)
		message_text(&m, "environment: ");
	say_option(&m, option);
	message_send(&m);
}

static void say_build(void)
{
	struct message m;

	message_start_line(&m);
	message_text(&m, "built with " BUILD_MALLOC BUILD_CXX BUILD_POOL BUILD_C0);
	message_send(&m);
}

void hello_say(int64_t level)
{
	if (level >= 1)
		say_version();
	if (level < 2)
		return;
	say_build();
	say_file();
	for (int i = 0; i < OPTION_COUNT; i++)
		say_where_from((enum option)i);
}
