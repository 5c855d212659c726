/* SPDX-License-Identifier: MIT */
/*
 * loader.sh: opens objects with TLS of their own, argv[2] and on, until there is
 * no static TLS for more, and then the library, argv[1].  Prints "ok".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "loader: failed: %s\n", what);
	exit(1);
}

static int refused_for_tls(void)
{
	const char *error = dlerror();

	return error && strstr(error, "static TLS") != NULL;
}

static void use(void *library)
{
	void *(*allocate)(size_t);
	void (*release)(void *);

	*(void **)&allocate = dlsym(library, "hak_malloc");
	*(void **)&release = dlsym(library, "hak_free");
	must(allocate && release, "dlsym");
	for (size_t size = 1; size < 3000000; size *= 3) {
		void *block = allocate(size);

		must(block != NULL, "hak_malloc");
		memset(block, 1, size);
		release(block);
	}
}

int main(int argc, char **argv)
{
	int refused = 0;
	void *library;

	for (int i = 2; i < argc; i++)
		refused += !dlopen(argv[i], RTLD_NOW) && refused_for_tls();
	must(refused > 0, "spending the static TLS");
	library = dlopen(argv[1], RTLD_NOW);
	if (!library)
		fprintf(stderr, "loader: %s\n", dlerror());
	must(library != NULL, "dlopen of the library");
	use(library);
	puts("ok");
	return 0;
}
