/* SPDX-License-Identifier: MIT */
/* deepbind.sh: the plugin, which allocates and frees by its own binding. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "deepbind.h"

static void *malloc_address(void)
{
	return (void *)malloc;
}

static char *make(const char *text)
{
	char *copy = malloc(strlen(text) + 1);

	return copy ? strcpy(copy, text) : NULL;
}

static int take(char *text)
{
	int same = strcmp(text, TEXT) == 0;

	free(text);
	return same;
}

extern const struct plugin deepbind_plugin;
const struct plugin deepbind_plugin = {malloc_address, make, take};
