/* SPDX-License-Identifier: MIT */
/*
 * A malloc that takes blocks one after the other from an array, never frees,
 * and is broken in one of three ways: HOW is OVERLAP, CRASH or EXIT.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OVERLAP 1
#define CRASH 2
#define EXIT 3
/* More than the first, short look at an allocator needs. */
#ifndef GOOD_CALLS
#define GOOD_CALLS 1300000
#endif
#define ROOM ((size_t)1 << 28)

static _Alignas(16) char room[ROOM];
static size_t used, calls;

static void break_down(void)
{
	if (HOW == CRASH)
		__builtin_trap();
	if (HOW == EXIT)
		_exit(0);
}

void *malloc(size_t size)
{
	size_t step = (size + 31) & ~(size_t)15;
	char *block = room + used + 16;

	if (++calls > GOOD_CALLS)
		break_down();
	if (HOW == OVERLAP)
		step = 16;
	if (size > ROOM - used - 32)
		return NULL;
	used += step;
	return block;
}

void free(void *block)
{
	(void)block;
}

void *calloc(size_t count, size_t size)
{
	void *block = malloc(count * size);

	return block ? memset(block, 0, count * size) : NULL;
}

/* How large the old block was is not known; reading on stays in the array. */
void *realloc(void *old, size_t size)
{
	void *block = malloc(size);

	return old && block ? memmove(block, old, size) : block;
}
