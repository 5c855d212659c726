/* SPDX-License-Identifier: MIT */
/* hakmem-stat: text on the whole screen of a terminal, cut to its size, by ncurses. */
#ifndef HAKMEM_STAT_SCREEN_H
#define HAKMEM_STAT_SCREEN_H

#include <stdbool.h>

#ifdef HAK_NCURSES

/* False where stdin and stdout are no terminal, or it cannot move its cursor. */
bool screen_open(void);
void screen_close(void);

/*
 * Shows `text`, of which `heads` lines stay at the top while keys scroll the others, and
 * `help` in the last line.  Returns a key that does something else, or 0 when that many
 * seconds have passed.
 */
int screen_show(const char *text, int heads, const char *help, double seconds);

#else

static inline bool screen_open(void)
{
	return false;
}

static inline void screen_close(void)
{
}

static inline int screen_show(const char *text, int heads, const char *help,
			      double seconds)
{
	(void)text;
	(void)heads;
	(void)help;
	(void)seconds;
	return 0;
}

#endif

#endif /* HAKMEM_STAT_SCREEN_H */
