/* SPDX-License-Identifier: MIT */
/*
 * claims.sh: what the pages say in numbers.  Each case prints one number, or says
 * what is wrong and fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "resident.h"

#define MIB ((size_t)1 << 20)

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "claims: failed: %s\n", what);
	exit(1);
}

/* The smallest alignment of blocks of all sizes up to 9000 bytes. */
static void alignment(void)
{
	uintptr_t bits = 0;

	for (size_t size = 0; size < 9000; size++)
		bits |= (uintptr_t)malloc(size);
	printf("%lu\n", (unsigned long)(bits & -bits));
}

/* The largest alignment in GiB, above which there is ENOMEM. */
static void largest_alignment(void)
{
	size_t largest = 1;
	void *block;

	for (errno = 0; (block = aligned_alloc(largest, 100)); largest *= 2) {
		must((uintptr_t)block % largest == 0, "an aligned block");
		free(block);
	}
	must(errno == ENOMEM, "ENOMEM above it");
	printf("%zu\n", (largest / 2) >> 30);
}

/* By how many KiB the process is larger, after 64 MiB of each size were freed. */
static void freed(void)
{
	static void *block[64 << 16];
	long before = resident_kib(), largest = 0;

	for (size_t size = 16; size <= MIB; size *= 4) {
		size_t count = 64 * MIB / size, i;

		for (i = 0; i < count; i++)
			must((block[i] = malloc(size)) && memset(block[i], 1, size),
			     "malloc");
		while (i-- > 0)
			free(block[i]);
		if (resident_kib() - before > largest)
			largest = resident_kib() - before;
	}
	/* The array above is not the library's. */
	printf("%ld\n", largest - (long)(sizeof(block) / 1024));
}

/* The same after 120 MiB were wanted again and again. */
static void again(void)
{
	long before = resident_kib();

	for (int round = 0; round < 12; round++) {
		void *block = malloc(120 * MIB);

		must(block && memset(block, 1, 120 * MIB), "malloc");
		free(block);
	}
	printf("%ld\n", resident_kib() - before);
}

/* How many bytes at the start of a freed block are zero, for the size in `text`. */
static void zeroed(const char *text)
{
	size_t size = strtoul(text, NULL, 10), zeros = 0;
	volatile unsigned char *block = malloc(size);

	must(block && memset((void *)block, 0xa5, size), "malloc");
	free((void *)block);
	while (zeros < size && block[zeros] == 0)
		zeros++;
	printf("%zu\n", zeros);
}

static size_t (*print_ring)(void (*)(void *, const char *), void *);
static const char *(*version)(void);
static volatile sig_atomic_t handled;

static void handle(int number)
{
	(void)number;
	must(version() && print_ring(NULL, NULL) > 0, "the functions of a handler");
	handled++;
}

/* Handlers that call the two functions which are AS-Safe. */
static void handlers(void)
{
	struct itimerval often = {{0, 500}, {0, 500}};

	*(void **)&print_ring = dlsym(RTLD_DEFAULT, "hak_debug_ring_print");
	*(void **)&version = dlsym(RTLD_DEFAULT, "hak_version");
	must(print_ring && version, "dlsym");
	free(malloc(100000));
	signal(SIGPROF, handle);
	must(setitimer(ITIMER_PROF, &often, NULL) == 0, "setitimer");
	while (handled < 50) {
		void *block[300];

		for (int i = 0; i < 300; i++)
			block[i] = malloc((size_t)i * 300);
		for (int i = 0; i < 300; i++)
			free(block[i]);
	}
	puts("done");
}

int main(int count, char **argument)
{
	const char *what = count > 1 ? argument[1] : "";

	if (strcmp(what, "alignment") == 0)
		alignment();
	else if (strcmp(what, "largest-alignment") == 0)
		largest_alignment();
	else if (strcmp(what, "freed") == 0)
		freed();
	else if (strcmp(what, "again") == 0)
		again();
	else if (strcmp(what, "zeroed") == 0 && count > 2)
		zeroed(argument[2]);
	else if (strcmp(what, "handlers") == 0)
		handlers();
	else
		must(0, "no such case");
	return 0;
}
