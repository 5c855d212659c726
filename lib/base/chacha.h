/* SPDX-License-Identifier: MIT */
/*
 * base: ChaCha with 8 rounds: random numbers that cannot be predicted from earlier ones.
 * Pure functions.
 */
#ifndef HAK_CHACHA_H
#define HAK_CHACHA_H

#include <stdint.h>

#include "base/attributes.h"

#define CHACHA_KEY_WORDS 8
#define CHACHA_WORDS 16

/*
 * Four blocks of this key and stream, from `position` on.  out[4 * i + b] is word i of
 * block b.
 */
#define CHACHA_FOUR (4 * CHACHA_WORDS)
HAK_HIDDEN void chacha_four(const uint32_t key[CHACHA_KEY_WORDS], uint64_t stream,
			    uint64_t position, uint32_t out[CHACHA_FOUR]);

#endif /* HAK_CHACHA_H */
