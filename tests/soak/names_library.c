/* SPDX-License-Identifier: MIT */
/* soak: whatever malloc the process runs on. */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "soak.h"

const bool names_are_private = false;

any_function names_find(const char *name)
{
	return (any_function)dlsym(RTLD_DEFAULT, name);
}
