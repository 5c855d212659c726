/* SPDX-License-Identifier: MIT */
/*
 * foreign_free.sh: hands a pointer that is no live block to free(), realloc()
 * or malloc_usable_size().  argv: the function, the kind of pointer.  Prints
 * the pointer first; does not come back unless nobody noticed.
 */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static char in_data[256];

static char *freed(size_t size)
{
	char *block = malloc(size);

	free(block);
	return block;
}

/* Others of its size were freed after it, and one keeps their slab. */
static char *freed_a_while_ago(size_t size)
{
	char *block = malloc(size);
	char *later[8];

	for (int i = 0; i < 8; i++)
		later[i] = malloc(size);
	free(block);
	for (int i = 0; i < 7; i++)
		free(later[i]);
	return block;
}

static void *free_it(void *block)
{
	free(block);
	return NULL;
}

static char *freed_elsewhere(size_t size)
{
	pthread_t thread;
	char *block = malloc(size);

	if (pthread_create(&thread, NULL, free_it, block) != 0)
		exit(2);
	pthread_join(thread, NULL);
	return block;
}

static char *pointer(const char *kind, char *on_stack)
{
	if (strcmp(kind, "stack") == 0)
		return on_stack;
	if (strcmp(kind, "static") == 0)
		return in_data + 16;
	if (strcmp(kind, "code") == 0)
		return (char *)(uintptr_t)pointer;
	if (strcmp(kind, "mapped") == 0)
		return mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (strcmp(kind, "small") == 0)
		return (char *)(uintptr_t)16;
	if (strcmp(kind, "wild") == 0)
		return (char *)(uintptr_t)0xdeadbeefdeadbee0u;
	if (strcmp(kind, "inside-large") == 0)
		return (char *)malloc(300000) + 65536;
	if (strcmp(kind, "inside-huge") == 0)
		return (char *)malloc(5000000) + 4096;
	if (strcmp(kind, "freed-large") == 0)
		return freed(300000);
	if (strcmp(kind, "freed-huge") == 0)
		return freed(5000000);
	if (strcmp(kind, "inside-tiny") == 0)
		return (char *)malloc(100) + 16;
	if (strcmp(kind, "inside-128") == 0)
		return (char *)malloc(128) + 16;
	if (strcmp(kind, "unaligned-tiny") == 0)
		return (char *)malloc(100) + 1;
	if (strcmp(kind, "inside-mid") == 0)
		return (char *)malloc(5000) + 128;
	if (strcmp(kind, "inside-pool") == 0)
		return (char *)malloc(16384) + 64;
	if (strcmp(kind, "freed-tiny") == 0)
		return freed(40);
	if (strcmp(kind, "freed-tiny-before") == 0)
		return freed_a_while_ago(200);
	if (strcmp(kind, "freed-tiny-elsewhere") == 0)
		return freed_elsewhere(1000);
	if (strcmp(kind, "freed-mid") == 0)
		return freed(5000);
	if (strcmp(kind, "freed-mid-before") == 0)
		return freed_a_while_ago(5000);
	if (strcmp(kind, "freed-pool-elsewhere") == 0)
		return freed_elsewhere(30000);
	exit(2);
}

int main(int argc, char **argv)
{
	char on_stack[256];
	char *bad;

	if (argc != 3)
		return 2;
	/* No buffer: it would take the place of the block that was freed. */
	setvbuf(stdout, NULL, _IONBF, 0);
	bad = pointer(argv[2], on_stack + 16);
	printf("%p\n", (void *)bad);
	if (strcmp(argv[1], "free") == 0)
		free(bad);
	else if (strcmp(argv[1], "realloc") == 0)
		bad = realloc(bad, 1000);
	else
		printf("%zu\n", malloc_usable_size(bad));
	return 0;
}
