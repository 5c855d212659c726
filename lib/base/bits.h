/* SPDX-License-Identifier: MIT */
/* base: powers of two and runs of bits.  Pure functions. */
#ifndef HAK_BITS_H
#define HAK_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool is_power_of_two(size_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* pre: alignment is a power of two, and the result does not overflow. */
static inline size_t align_up(size_t n, size_t alignment)
{
	return (n + alignment - 1) & ~(alignment - 1);
}

static inline size_t align_down(size_t n, size_t alignment)
{
	return n & ~(alignment - 1);
}

static inline bool is_aligned_to(const void *address, size_t alignment)
{
	return ((uintptr_t)address & (alignment - 1)) == 0;
}

static inline size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* a - b, or 0 if b is larger. */
static inline uint64_t excess_of(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The position of the lowest set bit.  pre: mask != 0 */
static inline unsigned lowest_bit(uint64_t mask)
{
	return (unsigned)__builtin_ctzll(mask);
}

/* A word with `count` ones from bit `first` on.  pre: first + count <= 32 */
static inline uint32_t bit_run(unsigned first, unsigned count)
{
	return (uint32_t)((((uint64_t)1 << count) - 1) << first);
}

/* The positions at which `count` (1..32) ones in a row begin in `mask`. */
static inline uint32_t run_starts(uint32_t mask, unsigned count)
{
	unsigned have = 1; /* every bit left in mask begins a run of `have` */

	while (have < count && mask != 0) {
		unsigned step = count - have < have ? count - have : have;

		mask &= mask >> step;
		have += step;
	}
	return mask;
}

/* The length of the run of ones that begins at bit `first`. */
static inline unsigned run_length(uint64_t mask, unsigned first)
{
	uint64_t zeros = ~(mask >> first);

	return zeros != 0 ? lowest_bit(zeros) : 64;
}

/* A word with `count` ones from bit `first` on.  pre: count >= 1, first + count <= 64 */
static inline uint64_t bit_run64(unsigned first, unsigned count)
{
	return UINT64_MAX >> (64 - count) << first;
}

/* The length of the longest run of ones. */
static inline unsigned longest_run(uint32_t mask)
{
	unsigned length = 0;

	for (; mask != 0; mask &= mask >> 1)
		length++;
	return length;
}

#endif /* HAK_BITS_H */
