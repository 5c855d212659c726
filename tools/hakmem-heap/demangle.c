/* SPDX-License-Identifier: MIT */
/*
 * The function is that of the C++ library, which is loaded when the first C++ name
 * comes: nothing has to be linked or installed for profiles of C programs, and a
 * system with C++ programs has it.  Without it the names stay as they are.
 */
#include "demangle.h"

#include "tools/hakmem-bench/memory.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef char *cxx_demangle(const char *symbol, char *buffer, size_t *size, int *status);

static cxx_demangle *find_function(void)
{
	void *library = dlopen("libstdc++.so.6", RTLD_LAZY);

	return library ? (cxx_demangle *)dlsym(library, "__cxa_demangle") : NULL;
}

char *demangle(const char *symbol)
{
	static cxx_demangle *function;
	static bool looked_for;
	char *name = NULL;
	int status;

	/* Without this prefix a symbol could be taken for a mangled type. */
	if (strncmp(symbol, "_Z", 2) == 0) {
		if (!looked_for)
			function = find_function();
		looked_for = true;
		if (function)
			name = function(symbol, NULL, NULL, &status);
	}
	return name ? name : copy_text(symbol);
}
