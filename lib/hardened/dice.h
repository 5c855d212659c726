/* SPDX-License-Identifier: MIT */
/* hardened: random numbers, one stream for each bin, under its lock. */
#ifndef HAK_DICE_H
#define HAK_DICE_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/secret.h"

#define DICE_ROLLS (CHACHA_FOUR * 2)

struct dice {
	uint64_t stream; /* constant, another one for each dice */
	uint64_t position;
	uint32_t left; /* rolls that were not given out yet */
	union {
		uint32_t blocks[CHACHA_FOUR];
		uint16_t roll[DICE_ROLLS];
	};
};

/* 16 bits that nobody outside can know. */
static inline unsigned dice_roll(struct dice *d)
{
	if (unlikely(d->left == 0)) {
		chacha_four(secret.key, d->stream, d->position, d->blocks);
		d->position += 4;
		d->left = DICE_ROLLS;
	}
	return d->roll[--d->left];
}

/* Below `count`, which is at most 2^16. */
static inline unsigned dice_below(unsigned roll, unsigned count)
{
	return roll * count >> 16;
}

#endif /* HAK_DICE_H */
