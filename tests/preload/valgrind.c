/* SPDX-License-Identifier: MIT */
/*
 * valgrind.sh: a sound program, of threads and of all kinds of blocks, which
 * says whose its blocks are; or, with an argument, one that uses a freed block.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 300
#define THREADS 3

static char *blocks[THREADS][BLOCKS];

static size_t size_of(size_t i)
{
	return i * i * 7 % 3000 + (i % 50 == 0 ? 300000 : 0) +
	       (i % 149 == 1 ? 3000000 : 0);
}

static void *fill(void *arg)
{
	char **block = arg;

	for (size_t i = 0; i < BLOCKS; i++) {
		block[i] = i % 3 ? malloc(size_of(i)) : calloc(1, size_of(i));
		if (i % 11 == 1) /* memcheck has none */
			block[i] = reallocarray(block[i], 1, size_of(i));
		if (i % 3 && size_of(i) != 0)
			memset(block[i], 1, size_of(i));
		if (i % 7 == 0)
			block[i] = realloc(block[i], size_of(i) + 100);
	}
	return NULL;
}

/* Every byte is used: memcheck knows which of them were written. */
static unsigned sum(const char *block, size_t size)
{
	unsigned total = 0;

	for (size_t i = 0; i < size; i++)
		total += (unsigned char)block[i];
	return total;
}

static unsigned empty(char **block)
{
	unsigned total = 0;

	for (size_t i = 0; i < BLOCKS; i++) {
		total += sum(block[i], size_of(i));
		free(block[i]);
	}
	return total;
}

static void say_whose(void)
{
	int (*owns)(const void *) =
		(int (*)(const void *))dlsym(RTLD_DEFAULT, "hak_owns");
	char *block = malloc(100);

	puts(owns && owns(block) ? "hakmem" : "valgrind");
	free(block);
}

static int use_freed(void)
{
	volatile char *block = malloc(100);

	block[3] = 1;
	free((char *)block);
	return block[3] == 2;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS];
	unsigned total = 0;

	(void)argv;
	if (argc > 1)
		return use_freed();
	say_whose();
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, fill, blocks[i]);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (size_t i = 0; i < THREADS; i++)
		total += empty(blocks[i]);
	printf("%u\n", total);
	return 0;
}
