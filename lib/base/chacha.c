/* SPDX-License-Identifier: MIT */
#include "base/chacha.h"

#include <string.h>

#define ROUNDS 8

/* A row of the state, as a vector of GNU C. */
typedef uint32_t row __attribute__((vector_size(16)));

static inline row rotate(row words, unsigned bits)
{
	return words << bits | words >> (32 - bits);
}

/* The words of a row move `by` places to the left. */
static inline row turn(row words, unsigned by)
{
	row out;

	for (unsigned i = 0; i < 4; i++)
		out[i] = words[(i + by) % 4];
	return out;
}

/* A quarter round of all four columns at once. */
static inline void quarters(row x[4])
{
	x[0] += x[1];
	x[3] = rotate(x[3] ^ x[0], 16);
	x[2] += x[3];
	x[1] = rotate(x[1] ^ x[2], 12);
	x[0] += x[1];
	x[3] = rotate(x[3] ^ x[0], 8);
	x[2] += x[3];
	x[1] = rotate(x[1] ^ x[2], 7);
}

/* Turns the rows so that diagonals become columns, or back. */
static inline void turn_rows(row x[4], unsigned by)
{
	x[1] = turn(x[1], by);
	x[2] = turn(x[2], 2);
	x[3] = turn(x[3], 4 - by);
}

/* "expand 32-byte k", in words */
#define CONSTANT 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574

void chacha_block(const uint32_t key[CHACHA_KEY_WORDS], uint64_t stream,
		  uint64_t position, uint32_t out[CHACHA_WORDS])
{
	row start[4] = {{CONSTANT}};
	row x[4];

	memcpy(&start[1], key, CHACHA_KEY_WORDS * sizeof(*key));
	start[3] = (row){(uint32_t)position, (uint32_t)(position >> 32),
			 (uint32_t)stream, (uint32_t)(stream >> 32)};
	memcpy(x, start, sizeof(x));
	for (unsigned i = 0; i < ROUNDS; i += 2) {
		quarters(x);
		turn_rows(x, 1);
		quarters(x);
		turn_rows(x, 3);
	}
	for (unsigned i = 0; i < 4; i++)
		x[i] += start[i];
	memcpy(out, x, sizeof(x));
}

/* ---- four blocks: a row holds the same word of each ------------------------- */

static inline void quarter(row *a, row *b, row *c, row *d)
{
	*a += *b;
	*d = rotate(*d ^ *a, 16);
	*c += *d;
	*b = rotate(*b ^ *c, 12);
	*a += *b;
	*d = rotate(*d ^ *a, 8);
	*c += *d;
	*b = rotate(*b ^ *c, 7);
}

static inline row four(uint32_t word)
{
	return (row){word, word, word, word};
}

static void start_four(row x[CHACHA_WORDS], const uint32_t key[CHACHA_KEY_WORDS],
		       uint64_t stream, uint64_t position)
{
	static const uint32_t constant[] = {CONSTANT};

	for (unsigned i = 0; i < 4; i++) {
		x[i] = four(constant[i]);
		x[12][i] = (uint32_t)(position + i);
		x[13][i] = (uint32_t)((position + i) >> 32);
	}
	for (unsigned i = 0; i < CHACHA_KEY_WORDS; i++)
		x[4 + i] = four(key[i]);
	x[14] = four((uint32_t)stream);
	x[15] = four((uint32_t)(stream >> 32));
}

void chacha_four(const uint32_t key[CHACHA_KEY_WORDS], uint64_t stream,
		 uint64_t position, uint32_t out[CHACHA_FOUR])
{
	row start[CHACHA_WORDS], x[CHACHA_WORDS];

	start_four(start, key, stream, position);
	memcpy(x, start, sizeof(x));
	for (unsigned i = 0; i < ROUNDS; i += 2) {
		quarter(&x[0], &x[4], &x[8], &x[12]);
		quarter(&x[1], &x[5], &x[9], &x[13]);
		quarter(&x[2], &x[6], &x[10], &x[14]);
		quarter(&x[3], &x[7], &x[11], &x[15]);
		quarter(&x[0], &x[5], &x[10], &x[15]);
		quarter(&x[1], &x[6], &x[11], &x[12]);
		quarter(&x[2], &x[7], &x[8], &x[13]);
		quarter(&x[3], &x[4], &x[9], &x[14]);
	}
	for (unsigned i = 0; i < CHACHA_WORDS; i++)
		x[i] += start[i];
	memcpy(out, x, sizeof(x));
}
