/* SPDX-License-Identifier: MIT */
/*
 * hardened: the 8 bytes behind each block, which nobody may write.
 *
 * They depend on the address, so that one that leaks opens no other.  The first
 * is odd: the 0 at the end of a string that is too long never fits.
 */
#ifndef HAK_CANARY_H
#define HAK_CANARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/secret.h"

#define CANARY_SIZE sizeof(uint64_t)

static inline uint64_t canary_value(const void *block)
{
	uint64_t x = ((uintptr_t)block ^ secret.canary) * 0x9e3779b97f4a7c15u;

	return (x ^ x >> 29) | 1;
}

/* At `place`; value: canary_value() of the block. */
static inline void canary_write(void *place, uint64_t value)
{
	memcpy(place, &value, CANARY_SIZE);
}

static inline bool canary_intact(const void *place, uint64_t value)
{
	return memcmp(place, &value, CANARY_SIZE) == 0;
}

#endif /* HAK_CANARY_H */
