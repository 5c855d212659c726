/* SPDX-License-Identifier: MIT */
/*
 * base: ChaCha with 8 rounds, a block at a time: numbers that nobody predicts
 * who has seen earlier ones.  Pure.
 */
#ifndef HAK_CHACHA_H
#define HAK_CHACHA_H

#include <stdint.h>

#include "base/attributes.h"

#define CHACHA_KEY_WORDS 8
#define CHACHA_WORDS 16

/* The block of this key, stream and position in the stream. */
HAK_HIDDEN void chacha_block(const uint32_t key[CHACHA_KEY_WORDS],
			     uint64_t stream, uint64_t position,
			     uint32_t out[CHACHA_WORDS]);

/*
 * Four blocks at once, from `position` on, none of which waits for another: the
 * words of the same place stand together, in the order of their blocks.
 */
#define CHACHA_FOUR (4 * CHACHA_WORDS)
HAK_HIDDEN void chacha_four(const uint32_t key[CHACHA_KEY_WORDS], uint64_t stream,
			    uint64_t position, uint32_t out[CHACHA_FOUR]);

#endif /* HAK_CHACHA_H */
