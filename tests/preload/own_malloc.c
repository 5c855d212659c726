/* SPDX-License-Identifier: MIT */
/*
 * own_malloc.sh: a program with an allocator of its own, of the four functions
 * that every program knows.  Before the library's they are the process's malloc;
 * the names that they lack are the library's, and get their blocks.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each block has its size before it; nothing comes back. */
static _Alignas(16) unsigned char memory[8 << 20];
static size_t used;
static const void *last_freed;

void *malloc(size_t size)
{
	unsigned char *place = memory + used;

	if (size > sizeof(memory) - used - 32)
		return NULL;
	memcpy(place, &size, sizeof(size));
	used += 16 + (size + 15) / 16 * 16;
	return place + 16;
}

static int is_mine(const void *block)
{
	return (uintptr_t)block - (uintptr_t)memory < sizeof(memory);
}

void free(void *block)
{
	if (block && !is_mine(block))
		abort();
	last_freed = block;
}

void *calloc(size_t count, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(count, size, &bytes) ? NULL : malloc(bytes);
}

void *realloc(void *block, size_t size)
{
	size_t old = 0;
	unsigned char *fresh = malloc(size);

	if (!block || !fresh)
		return fresh;
	if (!is_mine(block))
		abort();
	memcpy(&old, (unsigned char *)block - 16, sizeof(old));
	memcpy(fresh, block, old < size ? old : size);
	free(block);
	return fresh;
}

/* free_sized() and its kind, which libc may not have; free() then. */
static void free_by(const char *name)
{
	void *found = dlsym(RTLD_DEFAULT, name);
	void *block = malloc(40);

	if (!found)
		free(block);
	else if (strcmp(name, "free_aligned_sized") == 0)
		((void (*)(void *, size_t, size_t))found)(block, 16, 40);
	else
		((void (*)(void *, size_t))found)(block, 40);
	printf("%s: %s\n", name, last_freed == block ? "freed" : "not freed");
}

int main(void)
{
	char *block = malloc(10);

	strcpy(block, "whose?");
	block = reallocarray(block, 10, 4);
	printf("%s %s\n", block, is_mine(block) ? "mine" : "not mine");
	free(block);
	free_by("free_sized");
	free_by("free_aligned_sized");
	return 0;
}
