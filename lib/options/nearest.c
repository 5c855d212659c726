/* SPDX-License-Identifier: MIT */
#include "options/nearest.h"

#include <string.h>

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/*
 * row[j] is the distance between the bytes of `a` read so far and the first j bytes of
 * `b`.  Each byte of `a` replaces the row by the next one.
 */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NEAREST_NAME_MAX + 1];
	size_t length = strnlen(b, NEAREST_NAME_MAX);

	for (size_t j = 0; j <= length; j++)
		row[j] = (unsigned)j;
	for (; *a != '\0'; a++) {
		unsigned diagonal = row[0]++;

		for (size_t j = 1; j <= length; j++) {
			unsigned above = row[j];

			row[j] = least(above + 1, row[j - 1] + 1,
				       diagonal + (*a != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

enum option nearest_option(const char *name)
{
	enum option nearest = (enum option)0;
	unsigned best = distance(name, option_rows[0].name);

	for (int i = 1; i < OPTION_COUNT; i++) {
		unsigned d = distance(name, option_rows[i].name);

		if (d < best) {
			best = d;
			nearest = (enum option)i;
		}
	}
	return nearest;
}
