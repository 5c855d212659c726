/* SPDX-License-Identifier: MIT */
#include "check.h"

#include "common.h"

#include <stdalign.h>
#include <string.h>

#define BLOCKS 512

/* 1 byte to 53 KiB, most of them small. */
static size_t size_of(unsigned index)
{
	return index % 8 != 0 ? 1 + index * 7 % 2048 : 1 + index * 105;
}

static unsigned char mark_of(unsigned index)
{
	return (unsigned char)(index % 251 + 1);
}

static void check_filled(const unsigned char *block, size_t size,
			 unsigned char mark, const char *what)
{
	for (size_t i = 0; i < size; i++)
		if (block[i] != mark)
			fail("wrong result: byte %zu of a block of %zu bytes %s",
			     i, size, what);
}

static void *marked(unsigned index)
{
	size_t size = size_of(index);
	unsigned char *block = index % 2 ? allocate(size) : zeroed(1, size);

	if (!block)
		fail("no block of %zu bytes", size);
	/* Blocks smaller than that hold nothing that is aligned so. */
	if (size >= alignof(max_align_t) &&
	    (uintptr_t)block % alignof(max_align_t) != 0)
		fail("wrong result: a block of %zu bytes at %p is not aligned",
		     size, (void *)block);
	if (index % 2 == 0)
		check_filled(block, size, 0, "from calloc is not zero");
	memset(block, mark_of(index), size);
	return block;
}

static void *regrown(void *block, unsigned index)
{
	unsigned char *grown = resize(block, size_of(index) * 2);

	if (!grown)
		fail("no block of %zu bytes from realloc", size_of(index) * 2);
	check_filled(grown, size_of(index), mark_of(index),
		     "was lost by realloc");
	memset(grown, mark_of(index), size_of(index) * 2);
	return grown;
}

void check_malloc(void)
{
	void **block = harness_memory(BLOCKS * sizeof *block);

	for (unsigned i = 0; i < BLOCKS; i++)
		block[i] = marked(i);
	for (unsigned i = 0; i < BLOCKS; i += 3)
		block[i] = regrown(block[i], i);
	for (unsigned i = 0; i < BLOCKS; i++) {
		check_filled(block[i], size_of(i), mark_of(i),
			     "was overwritten through another block");
		release(block[i]);
	}
}
