/* SPDX-License-Identifier: MIT */
/*
 * dlopen.sh: opens the library, argv[1], when the program and its threads have
 * long allocated from libc, then uses both side by side.  Prints "ok".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define ROUNDS 2000
#define SEVERAL 300

static void *(*hak_malloc)(size_t);
static void *(*hak_realloc)(void *, size_t);
static void (*hak_free)(void *);
static int (*hak_owns)(const void *);

static pthread_barrier_t opened;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "dlopen: failed: %s\n", what);
	exit(1);
}

static void use_both(size_t size)
{
	char *theirs = malloc(size), *ours = hak_malloc(size);

	must(theirs && ours, "allocation");
	must(hak_owns(ours) && !hak_owns(theirs), "telling the blocks apart");
	memset(theirs, 1, size);
	memset(ours, 2, size);
	ours = hak_realloc(ours, 2 * size);
	theirs = realloc(theirs, 2 * size);
	must(theirs[0] == 1 && theirs[size - 1] == 1 && ours[0] == 2 &&
		     ours[size - 1] == 2,
	     "contents of both");
	hak_free(ours);
	free(theirs);
}

/* This thread is older than the library. */
static void *work(void *arg)
{
	free(malloc(100));
	pthread_barrier_wait(&opened); /* before, and */
	pthread_barrier_wait(&opened); /* after dlopen */
	for (size_t i = 1; i < ROUNDS; i++)
		use_both(i * 37 % 70000 + 1);
	return arg;
}

static void *function(void *library, const char *name)
{
	void *address = dlsym(library, name);

	must(address != NULL, name);
	return address;
}

static void *open_library(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!library)
		fprintf(stderr, "dlopen: %s\n", dlerror());
	must(library != NULL, "dlopen of the library");
	hak_malloc = (void *(*)(size_t))function(library, "hak_malloc");
	hak_realloc = (void *(*)(void *, size_t))function(library, "hak_realloc");
	hak_free = (void (*)(void *))function(library, "hak_free");
	hak_owns = (int (*)(const void *))function(library, "hak_owns");
	return library;
}

/* -z nodelete: blocks and functions outlive the last dlclose. */
static void close_library(void *library)
{
	void *block = hak_malloc(1000);

	must(dlclose(library) == 0, "dlclose");
	hak_free(block);
	use_both(500);
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	char *before[SEVERAL];
	void *library;

	must(argc == 2, "one argument, the library");
	for (size_t i = 0; i < SEVERAL; i++)
		before[i] = malloc(i * 10);
	pthread_barrier_init(&opened, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&thread[i], NULL, work, NULL) == 0, "a thread");
	pthread_barrier_wait(&opened);
	library = open_library(argv[1]);
	pthread_barrier_wait(&opened);
	for (size_t i = 0; i < SEVERAL; i++)
		free(before[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	close_library(library);
	puts("ok");
	return 0;
}
