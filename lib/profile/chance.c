/* SPDX-License-Identifier: MIT */
#include "profile/chance.h"

#define LN2 0.693147180559945309417
#define LN2_FIXED 0xB17217F7D1CF79ABull /* 64 bits of fraction */
#define LOG2_BITS 32

/* Terms of the series of exp(-r), r < ln 2: what follows is below 1e-18. */
#define SERIES 18

uint64_t chance_next(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15ull;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
	return z ^ (z >> 31);
}

/*
 * log2 of `one` / 2^63, which is from 1 to 2, with LOG2_BITS bits of fraction: squaring
 * doubles the logarithm, and so shows one more bit of it.
 */
static uint64_t log2_fraction(uint64_t one)
{
	uint64_t bits = 0;

	for (int i = 0; i < LOG2_BITS; i++) {
		unsigned __int128 square = (unsigned __int128)one * one;
		unsigned above = (unsigned)(square >> 127);

		bits = bits << 1 | above;
		one = (uint64_t)(square >> (63 + above));
	}
	return bits;
}

/* -ln(U) * mean, where U is random / 2^64, by integer arithmetic. */
uint64_t chance_distance(uint64_t random, uint64_t mean)
{
	uint64_t uniform = random ? random : 1;
	unsigned zeros = (unsigned)__builtin_clzll(uniform);
	uint64_t log2 = ((uint64_t)(zeros + 1) << LOG2_BITS) -
			log2_fraction(uniform << zeros);
	unsigned __int128 ln = ((unsigned __int128)log2 * LN2_FIXED) >> LOG2_BITS;

	return (uint64_t)((ln * mean) >> 64);
}

/* 1 - exp(-x), 0 < x: exp(-x) = 2^-halvings * exp(-r) with r < ln 2. */
static double complement_of_exp(double x)
{
	unsigned halvings = (unsigned)(x / LN2);
	double r = x - halvings * LN2, sum = 0;

	for (int i = SERIES; i > 0; i--)
		sum = (1 - sum) * r / i;
	return halvings == 0 ? sum : 1 - (1 - sum) / (double)(1ull << halvings);
}

double chance_weight(uint64_t size, uint64_t mean)
{
	double x = mean != 0 ? (double)size / (double)mean : 40;

	return x < 40 ? 1 / complement_of_exp(x) : 1;
}
