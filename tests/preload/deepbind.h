/* SPDX-License-Identifier: MIT */
/* deepbind.sh: what its program, library and plugins share. */
#ifndef DEEPBIND_H
#define DEEPBIND_H

/* Bare names: where they are is for the RUNPATH of whoever opens them. */
#define PLUGIN_FILE "deepbind_plugin.so"
#define PLUGIN_OF_USER_FILE "deepbind_plugin_of_user.so"
#define PLUGIN_SYMBOL "deepbind_plugin"
#define TEXT "a block that crosses the border"

struct plugin {
	void *(*malloc_address)(void);
	char *(*make)(const char *text); /* a block for the caller to free */
	int (*take)(char *text);         /* frees it; is it TEXT? */
};

/* The library: opens the plugin that its own RUNPATH leads to, or NULL. */
void *user_open(void);

#endif /* DEEPBIND_H */
