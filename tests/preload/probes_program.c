/* SPDX-License-Identifier: MIT */
/*
 * A program that a tracer of probes follows: see probes.c for the marks.
 *
 *   probes_program BYTES   each of two threads allocates so much between marks 1 and 2;
 *                          0: there are no such threads
 *
 * stdout: what probes.sh compares with the hits.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fresh.h"

#define MIB (1 << 20)
#define SIZE 1000
#define KEPT 100000

static pthread_barrier_t barrier;
static size_t total;
static void *keep[KEPT];

static void mark(void)
{
	fflush(stdout);
	raise(SIGSTOP);
}

/* It finds all in its cache, and so comes to no slow path of its own. */
static void *in_cache(void *unused)
{
	free(fresh(SIZE));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (size_t bytes = 0; bytes < total; bytes += SIZE)
		free(fresh(SIZE));
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	for (size_t bytes = 0; bytes < total; bytes += SIZE)
		free(fresh(SIZE));
	return unused;
}

/* Blocks that grow in steps, the last of which live. */
static void keeps(void)
{
	for (size_t i = 0, bytes = 0; bytes < total; i++, bytes += 2 * SIZE) {
		void **place = &keep[i % KEPT];

		free(*place);
		*place = realloc(fresh(SIZE / 4), SIZE * 7 / 4);
	}
}

static void free_kept(void)
{
	for (size_t i = 0; i < KEPT; i++)
		free(keep[i]);
	memset(keep, 0, sizeof(keep));
}

static void sampled(void)
{
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, in_cache, NULL);
	pthread_barrier_wait(&barrier);
	mark();
	free(fresh(4 * MIB)); /* a slow path: the samples begin */
	pthread_barrier_wait(&barrier);
	keeps();
	pthread_barrier_wait(&barrier);
	mark();
	pthread_barrier_wait(&barrier);
	keeps();
	free_kept();
	pthread_join(thread, NULL);
	printf("allocated %zu\n", 2 * total);
}

static void from_the_system(void)
{
	char *block;

	mark();
	block = fresh(64 * MIB);
	printf("mapped %lu\n", (unsigned long)block);
	mark();
	free(block);
	malloc_trim(0);
	mark();
	for (size_t i = 0; i < KEPT; i++)
		memset(keep[i] = fresh(SIZE), 1, SIZE);
	block = keep[KEPT / 2];
	keep[KEPT / 2] = NULL;
	mark();
	free_kept();
	malloc_trim(0);
	free(block);
}

static void bad(void)
{
	char on_stack;
	char *p = &on_stack, *block = fresh(SIZE);

	__asm__ volatile("" : "+r"(p));
	mark();
	free(p);
	free(block);
	__asm__ volatile("" : "+r"(block));
	free(block);
	printf("bad %lu %lu\n", (unsigned long)p, (unsigned long)block);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	total = strtoul(argv[argc - 1], NULL, 10);
	if (total != 0)
		sampled();
	from_the_system();
	bad();
	return 0;
}
