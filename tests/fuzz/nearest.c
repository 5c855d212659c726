/* SPDX-License-Identifier: MIT */
/* fuzz: the name that is nearest, against the textbook's table of distances. */
#include "options/nearest.h"

#include "fuzz.h"

static unsigned table[NEAREST_NAME_MAX + 1][NEAREST_NAME_MAX + 1];

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			unsigned *here = &table[i][j];

			if (i == 0 || j == 0)
				*here = (unsigned)(i + j);
			else
				*here = least(table[i - 1][j - 1] +
						      (a[i - 1] != b[j - 1]),
					      least(table[i - 1][j],
						    table[i][j - 1]) + 1);
		}
	return table[n][m];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = fuzz_text(data, size < NEAREST_NAME_MAX ? size :
							       NEAREST_NAME_MAX);
	enum option nearest = nearest_option(name);
	unsigned best = distance(name, option_rows[nearest].name);

	for (int i = 0; i < OPTION_COUNT; i++) {
		unsigned d = distance(name, option_rows[i].name);

		must((enum option)i < nearest ? d > best : d >= best);
	}
	free(name);
	return 0;
}
