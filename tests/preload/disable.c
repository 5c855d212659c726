/* SPDX-License-Identifier: MIT */
/*
 * disable.sh: every allocation function, in two threads and a child.  Prints
 * "ok" and whether libc's own heap or the library served it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "disable: failed: %s\n", what);
	exit(1);
}

static void use(char *block, size_t size, const char *what)
{
	must(block && malloc_usable_size(block) >= size, what);
	memset(block, 0x5a, malloc_usable_size(block));
	block = realloc(block, size * 3);
	must(block && block[size - 1] == 0x5a, "realloc keeps the bytes");
	free(block);
}

static void *every_function(void *unused)
{
	static const size_t sizes[] = {1, 100, 5000, 100000, 3000000};
	void *aligned;

	for (int i = 0; i < 5; i++) {
		size_t size = sizes[i];
		char *zeroed = calloc(2, size);

		must(zeroed && zeroed[2 * size - 1] == 0, "calloc");
		use(zeroed, 2 * size, "calloc");
		use(malloc(size), size, "malloc");
		use(reallocarray(NULL, 2, size), 2 * size, "reallocarray");
		use(aligned_alloc(64, size), size, "aligned_alloc");
		use(memalign(4096, size), size, "memalign");
		use(valloc(size), size, "valloc");
		use(pvalloc(size), size, "pvalloc");
		must(posix_memalign(&aligned, 256, size) == 0 &&
			     (uintptr_t)aligned % 256 == 0, "posix_memalign");
		use(aligned, size, "posix_memalign");
	}
	errno = 0;
	must(!malloc(PTRDIFF_MAX / 2) && errno == ENOMEM, "malloc of too much");
	must(realloc(malloc(10), 0) == NULL, "realloc(block, 0)");
	return unused;
}

/* glibc's mallinfo2() counts the header of a block that is a mapping of its own. */
static int libc_counts(void)
{
	const size_t size = (size_t)100 << 20;
	struct mallinfo2 before = mallinfo2(), after;
	void *block = malloc(size);

	after = mallinfo2();
	free(block);
	return after.hblkhd - before.hblkhd > size;
}

int main(int argc, char **argv)
{
	int (*owns)(const void *) = NULL;
	size_t (*good)(size_t) = NULL;
	void *(*hak)(size_t) = NULL;
	pthread_t thread;
	void *block;
	pid_t child;
	int status;

	(void)argc;
	(void)argv;
	every_function(NULL);
	must(pthread_create(&thread, NULL, every_function, NULL) == 0, "a thread");
	pthread_join(thread, NULL);
	child = fork();
	if (child == 0) {
		every_function(NULL);
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && status == 0, "the child");
	*(void **)&owns = dlsym(RTLD_DEFAULT, "hak_owns");
	*(void **)&good = dlsym(RTLD_DEFAULT, "hak_good_size");
	*(void **)&hak = dlsym(RTLD_DEFAULT, "hak_malloc");
	must(owns && good && hak, "hak_*");
	block = hak(5000);
	must(good(5000) <= malloc_usable_size(block), "hak_good_size");
	printf("ok %s %s\n", owns(block) ? "library" : "libc",
	       libc_counts() ? "counted" : "uncounted");
	free(block);
	must(malloc_trim(0) >= 0, "malloc_trim");
	must(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1, "mallopt");
	return 0;
}
