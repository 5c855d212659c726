/* SPDX-License-Identifier: MIT */
#include "base/chacha.h"

#include <string.h>

#define ROUNDS 8

/* The same word of each of the four blocks: a vector of GNU C. */
typedef uint32_t words __attribute__((vector_size(16)));

static inline words rotate(words w, unsigned bits)
{
	return w << bits | w >> (32 - bits);
}

static inline void quarter(words *a, words *b, words *c, words *d)
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

static inline words four(uint32_t word)
{
	return (words){word, word, word, word};
}

static void start(words x[CHACHA_WORDS], const uint32_t key[CHACHA_KEY_WORDS],
		  uint64_t stream, uint64_t position)
{
	/* "expand 32-byte k" */
	static const uint32_t constant[] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

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
	words first[CHACHA_WORDS], x[CHACHA_WORDS];

	start(first, key, stream, position);
	memcpy(x, first, sizeof(x));
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
		x[i] += first[i];
	memcpy(out, x, sizeof(x));
}
