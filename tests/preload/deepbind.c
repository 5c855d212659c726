/* SPDX-License-Identifier: MIT */
/*
 * deepbind.sh: opens plugins with RTLD_DEEPBIND and exchanges blocks with them.
 *
 * The RUNPATH of this program leads to one, that of the library to the other.
 * Prints for each which malloc it calls: "shared" is ours, "other" another.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deepbind.h"

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "deepbind: failed: %s\n", what);
	exit(1);
}

/* Each side frees what the other made. */
static void exchange(const struct plugin *plugin)
{
	char *theirs = plugin->make(TEXT);

	must(strcmp(theirs, TEXT) == 0, "reading a block of the plugin");
	free(theirs);
	must(plugin->take(strdup(TEXT)), "reading a block in the plugin");
}

/* Prints the verdict on one plugin. */
static void examine(void *object)
{
	const struct plugin *plugin = dlsym(object, PLUGIN_SYMBOL);

	must(plugin != NULL, "dlsym in a plugin");
	if (plugin->malloc_address() != (void *)malloc) {
		puts("other");
		return;
	}
	exchange(plugin);
	puts("shared");
}

int main(void)
{
	void *plugin = dlopen(PLUGIN_FILE, RTLD_NOW | RTLD_DEEPBIND);
	void *plugin_of_user = user_open();

	must(plugin != NULL, "dlopen by the program's RUNPATH");
	must(plugin_of_user != NULL, "dlmopen by the library's RUNPATH");
	examine(plugin);
	examine(plugin_of_user);
	return 0;
}
