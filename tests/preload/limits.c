/* SPDX-License-Identifier: MIT */
/*
 * limits.sh: allocates blocks of argv[1] bytes until there are no more, frees
 * them, and does the same again, in several threads at last.  With argv[2] there
 * must be no more than so many bytes.  Prints "ok".
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4

static size_t size;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "limits: failed: %s\n", what);
	exit(1);
}

/* Blocks in a list through their first word; returns how many there were. */
static size_t use_all(void)
{
	void **list = NULL, **block;
	size_t count = 0;

	errno = 0;
	while ((block = malloc(size)) != NULL) {
		memset(block, 0x5a, size < 4096 ? size : 4096);
		*block = list;
		list = block;
		count++;
	}
	must(errno == ENOMEM, "errno after a refusal");
	for (; list; list = block) {
		block = *list;
		free(list);
	}
	return count;
}

static void *work(void *arg)
{
	use_all();
	return arg;
}

/* libc keeps the stacks of threads that ended: they are to be small. */
static void run_threads(void)
{
	pthread_t thread[THREADS];
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 1 << 17);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], &small, work, NULL) != 0)
			thread[i] = pthread_self();
	for (int i = 0; i < THREADS; i++)
		if (!pthread_equal(thread[i], pthread_self()))
			pthread_join(thread[i], NULL);
}

int main(int argc, char **argv)
{
	size_t first;

	must(argc == 2 || argc == 3, "a size, and the most bytes");
	size = strtoul(argv[1], NULL, 10);
	first = use_all();
	must(first * size > 20000000, "20 MB of blocks at all");
	must(argc == 2 || first * size <= strtoul(argv[2], NULL, 10), "no more than the limit");
	must(use_all() >= first / 10 * 9, "as many the second time");
	run_threads();
	must(use_all() >= first / 10 * 7, "as many after the threads");
	puts("ok");
	return 0;
}
