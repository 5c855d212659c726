/* SPDX-License-Identifier: MIT */
/*
 * options: the values of the HAKMEM_* variables, from one table (options.def).
 *
 * options_load() runs once, before the first heap is born; afterwards values
 * only change when the environment was not there yet at that time (see
 * options_load()).  Reading is a plain load, from any thread.
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

enum option_type { OPTION_TYPE_BOOL, OPTION_TYPE_INT, OPTION_TYPE_CHOICE };

/* Values of HAKMEM_PREWARM, in the order of its choices. */
enum prewarm_mode { PREWARM_ADAPTIVE, PREWARM_NO, PREWARM_EAGER };

struct option_row {
	const char *name; /* without HAKMEM_ */
	const char *unit;
	const char *choices; /* "a|b|c" or "" */
	int64_t minimum;
	int64_t maximum;
	int64_t standard; /* the default */
	enum option_type type;
};

extern HAK_HIDDEN const struct option_row option_rows[OPTION_COUNT];

/* Written by options_load() alone. */
extern HAK_HIDDEN int64_t option_values[OPTION_COUNT];

static inline int64_t options_get(enum option option)
{
	return option_values[option];
}

/* P0 is on when it is enabled and not disabled. */
static inline bool options_p0(void)
{
	return options_get(OPTION_TINY_P0_ENABLE) &&
	       !options_get(OPTION_TINY_P0_DISABLE);
}

/*
 * Reads the environment.  Each bad value gets one line on stderr and the
 * default.  A setuid process (AT_SECURE) ignores every variable.  Called
 * again while libc had no environment to show (before its own start): true
 * once the environment has been read.
 */
HAK_HIDDEN bool options_load(void);

/* The option of this full name ("HAKMEM_PREWARM"), or OPTION_COUNT. */
HAK_HIDDEN enum option options_find(const char *name);

#endif /* HAK_OPTIONS_H */
