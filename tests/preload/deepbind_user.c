/* SPDX-License-Identifier: MIT */
/* deepbind.sh: a library with a plugin of its own beside it. */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "deepbind.h"

void *user_open(void)
{
	int mode = RTLD_NOW | RTLD_DEEPBIND;

	return dlmopen(LM_ID_BASE, PLUGIN_OF_USER_FILE, mode);
}
