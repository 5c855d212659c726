/* SPDX-License-Identifier: MIT */
/*
 * What every test of blocks needs: random numbers, the marks that blocks carry,
 * zeros, alignment.  Neither allocates nor depends on a test framework.
 */
#ifndef HAK_TESTS_BLOCKS_H
#define HAK_TESTS_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* splitmix64: any state will do, also 0. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A size below 2^bits, every power of two equally likely. */
static inline size_t random_size(uint64_t *state, unsigned bits)
{
	uint64_t number = random_next(state);
	unsigned width = (unsigned)(number % (bits + 1));

	return (size_t)(number >> 8) & (((size_t)1 << width) - 1);
}

/* The word of a pattern that covers the bytes from 8 * i on. */
static inline uint64_t pattern_word(uint64_t seed, size_t i)
{
	uint64_t word = (seed * 0x94d049bb133111ebu + i) * 0x9e3779b97f4a7c15u;

	return word ^ (word >> 32);
}

static inline void pattern_fill(void *block, size_t size, uint64_t seed)
{
	unsigned char *bytes = block;
	size_t i = 0;
	uint64_t word;

	for (; i + sizeof(word) <= size; i += sizeof(word)) {
		word = pattern_word(seed, i / sizeof(word));
		memcpy(bytes + i, &word, sizeof(word));
	}
	word = pattern_word(seed, i / sizeof(word));
	memcpy(bytes + i, &word, size - i);
}

/* Where the first word stands that is not the pattern's, or `size`. */
static inline size_t pattern_end(const void *block, size_t size, uint64_t seed)
{
	const unsigned char *bytes = block;
	size_t i = 0;
	uint64_t word;

	for (; i + sizeof(word) <= size; i += sizeof(word)) {
		word = pattern_word(seed, i / sizeof(word));
		if (memcmp(bytes + i, &word, sizeof(word)) != 0)
			return i;
	}
	word = pattern_word(seed, i / sizeof(word));
	return memcmp(bytes + i, &word, size - i) == 0 ? size : i;
}

/* Above this only the ends of a block and a word a page carry its mark. */
#define MARK_FULL (32 * KIB)
#define MARK_END 256
#define MARK_STEP 4096

/* Fills a block so that a change of any part of it is seen by mark_end(). */
static inline void mark_fill(void *block, size_t size, uint64_t seed)
{
	char *bytes = block;

	if (size <= MARK_FULL) {
		pattern_fill(bytes, size, seed);
		return;
	}
	pattern_fill(bytes, MARK_END, seed);
	for (size_t i = MARK_STEP; i < size - MARK_STEP; i += MARK_STEP)
		pattern_fill(bytes + i, 8, seed + i);
	pattern_fill(bytes + size - MARK_END, MARK_END, ~seed);
}

/* Where a pattern of `size` bytes from `offset` on is broken, or `whole`. */
static inline size_t mark_part(const char *block, size_t offset, size_t size,
			       uint64_t seed, size_t whole)
{
	size_t end = pattern_end(block + offset, size, seed);

	return end == size ? whole : offset + end;
}

/*
 * Of the first `size` bytes of a block that mark_fill() gave `filled` bytes (a
 * realloc may have cut it): about where they differ, or `size`.
 */
static inline size_t mark_end(const void *block, size_t filled, size_t size,
			      uint64_t seed)
{
	size_t end;

	if (filled <= MARK_FULL)
		return pattern_end(block, size, seed);
	end = mark_part(block, 0, size < MARK_END ? size : MARK_END, seed, size);
	for (size_t i = MARK_STEP; i < filled - MARK_STEP && i + 8 <= size;
	     i += MARK_STEP)
		if (end == size)
			end = mark_part(block, i, 8, seed + i, size);
	if (end == size && size == filled)
		end = mark_part(block, size - MARK_END, MARK_END, ~seed, size);
	return end;
}

/* Where the first byte stands that is not zero, or `size`. */
static inline size_t zero_end(const void *block, size_t size)
{
	static const unsigned char zeros[256];
	const unsigned char *bytes = block;
	size_t i = 0;

	while (size - i >= sizeof(zeros) &&
	       memcmp(bytes + i, zeros, sizeof(zeros)) == 0)
		i += sizeof(zeros);
	while (i < size && bytes[i] == 0)
		i++;
	return i;
}

/* What hak_malloc(size) owes: 16, but for true 8-byte blocks. */
static inline size_t least_alignment(size_t size)
{
#ifdef HAK_C0_8B
	if (size <= 8)
		return 8;
#endif
	(void)size;
	return 16;
}

static inline bool is_aligned(const void *block, size_t alignment)
{
	return ((uintptr_t)block & (alignment - 1)) == 0;
}

#endif /* HAK_TESTS_BLOCKS_H */
