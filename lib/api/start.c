/* SPDX-License-Identifier: MIT */
/*
 * start: what the library does when it is loaded.  Nothing depends on it: the
 * first allocation may come long before, and then has done most of this.
 */
#include "api/route.h"
#include "base/die.h"
#include "heap/heap.h"
#include "libc/libc_malloc.h"
#include "options/options.h"
#include "size_class/size_class.h"

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
static void say_value(struct message *m, enum option option)
{
	const struct option_row *row = &option_rows[option];

	if (row->type == OPTION_TYPE_TEXT)
		message_foreign(m, row->text);
	else if (row->type == OPTION_TYPE_CHOICE)
		say_choice(m, row->choices, option_values[option]);
	else
		message_signed(m, option_values[option]);
}

static void say_options(struct message *m)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (option_values[i] == option_rows[i].standard)
			continue;
		message_text(m, " HAKMEM_");
		message_text(m, option_rows[i].name);
		message_text(m, "=");
		say_value(m, (enum option)i);
	}
}

static void say_hello(void)
{
	struct message m;

	message_start(&m);
	message_text(&m, "hakmem: version " HAKMEM_VERSION_STRING ", ");
	message_decimal(&m, BIN_COUNT);
	message_text(&m, " bins, header classes ");
	message_decimal(&m, HAK_HEADER_CLASSES);
	message_text(&m, HAK_DEBUG_BUILD ? ", debug;" : ", release;");
	say_options(&m);
	message_send(&m);
}

__attribute__((constructor)) static void on_load(void)
{
	/* An early heap registers the fork handlers before most others do. */
	route_start_thread();
	heap_load_options();
	/* Blocks may have been asked for before the options could be read. */
	if (libc_serves())
		heap_give_up();
	if (options_get(OPTION_DEBUG_VERBOSE))
		say_hello();
}
