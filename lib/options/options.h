/* SPDX-License-Identifier: MIT */
/*
 * options: the values of the HAKMEM_* variables, from one table (options.def).
 *
 * options_load() runs once, before the first heap is made.  If libc has no environment
 * to show yet at that time, the values change once more, when the library is loaded.
 * Any thread reads a value by a plain load.
 */
#ifndef HAK_OPTIONS_H
#define HAK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

enum option {
#define OPTION(name, ...) OPTION_##name,
#include "options/options.def"
#undef OPTION
	OPTION_COUNT
};

enum option_type {
	OPTION_TYPE_BOOL,
	OPTION_TYPE_INT,
	OPTION_TYPE_CHOICE,
	OPTION_TYPE_TEXT
};

/* The values of a CHOICE are numbered in the order of its choices. */
enum prewarm_mode { PREWARM_ADAPTIVE, PREWARM_NO, PREWARM_EAGER };
enum stats_mode { STATS_NO, STATS_TEXT, STATS_JSON };
enum thp_mode { THP_AUTO, THP_NEVER, THP_ALWAYS };
enum bad_free { BAD_FREE_ABORT, BAD_FREE_WARN, BAD_FREE_IGNORE };
enum zero_on_free { ZERO_AUTO, ZERO_NO, ZERO_YES };

/* Room for the value of a TEXT and its terminating NUL. */
#define OPTION_TEXT_SIZE 256

/* No pointers: the loader would write relocated ones, which takes a page per process. */
struct option_row {
	char name[32]; /* without HAKMEM_ */
	char unit[16];
	char choices[24]; /* "a|b|c" or "" */
	int64_t minimum;
	int64_t maximum;
	int64_t standard; /* the default */
	enum option_type type;
};

extern HAK_HIDDEN const struct option_row option_rows[OPTION_COUNT];

/*
 * The value of each option; of a TEXT: its length.  Written by options_load(), and
 * HAKMEM_DISABLE also by libc_start(), both at start.
 */
extern HAK_HIDDEN int64_t option_values[OPTION_COUNT];

static inline int64_t options_get(enum option option)
{
	return option_values[option];
}

/* The value of each TEXT, by option.  Written by options_load() alone. */
extern HAK_HIDDEN char option_texts[OPTION_COUNT][OPTION_TEXT_SIZE];

/* pre: a TEXT.  "" when it is not set. */
static inline const char *options_text(enum option option)
{
	return option_texts[option];
}

/*
 * Reads programs.conf, hakmem.conf (conf.h) and the environment; the later wins.  Each
 * bad value and each unknown name gets one line on stderr, and the default holds.  A
 * setuid process (AT_SECURE) ignores every variable of its environment, and a
 * constructor removes them from it.  Returns false, having read nothing, while libc has
 * no environment to show (before its own start): then call it again.  Keeps errno.
 */
HAK_HIDDEN bool options_load(void);

/* Adds each setting that is not the default, as written in the environment. */
struct message;
HAK_HIDDEN HAK_COLD void options_say_changed(struct message *m);

/* Says which files were read, and where each setting comes from. */
HAK_HIDDEN HAK_COLD void options_say_origins(void);

/* What one line sets; option OPTION_COUNT: nothing. */
struct option_setting {
	enum option option;
	int64_t number;
};

/* Judges "HAKMEM_NAME=value" from a file (conf.h), and says what is wrong. */
struct origin;
HAK_HIDDEN struct option_setting options_judge_line(const char *line,
						    const struct origin *origin);

/* The option of this full name ("HAKMEM_PREWARM"), or OPTION_COUNT. */
HAK_HIDDEN enum option options_find(const char *name);

#endif /* HAK_OPTIONS_H */
