/* SPDX-License-Identifier: MIT */
/*
 * chance: the arithmetic of sampling.  Points lie on the bytes that a thread allocates,
 * at exponentially distributed distances; an allocation with a point in it is a sample.
 * If their mean is 0, each allocation is a sample, and stands for itself.
 * Pure functions without libm.
 */
#ifndef HAK_CHANCE_H
#define HAK_CHANCE_H

#include <stdint.h>

#include "base/attributes.h"

/* The largest mean for which the sums of sites.h cannot overflow. */
#define CHANCE_MEAN_MAX ((uint64_t)1 << 30)

/* The next random number of a sequence; any start will do (splitmix64). */
HAK_HIDDEN uint64_t chance_next(uint64_t *state);

/*
 * The whole bytes before the next point.  An allocation of `size` bytes is a sample if
 * size > distance, which has the probability 1 - exp(-size / mean).
 * random: uniformly distributed.  The distance is too long by less than mean / 2^32.
 */
HAK_HIDDEN uint64_t chance_distance(uint64_t random, uint64_t mean);

/*
 * How many allocations of that size a sample stands for: 1 / (1 - exp(-size / mean)).
 * The relative error is below 1e-14.  pre: size > 0
 */
HAK_HIDDEN double chance_weight(uint64_t size, uint64_t mean);

#endif /* HAK_CHANCE_H */
