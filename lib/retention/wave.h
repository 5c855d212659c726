/* SPDX-License-Identifier: MIT */
/*
 * wave: does the heap as a whole go up and down?
 *
 * A wave is so many bytes that are missing, purged and not wanted since, of which
 * then most are wanted again: higher than a quarter of HAKMEM_PURGE_HYSTERESIS, it
 * is one that the boost does not smooth.  After five of them as much as they are
 * high, and a bit, is proven to be wanted again, at most 16 hystereses; less what
 * nobody takes while four times as much is freed.
 *
 * Any thread; relaxed, a guess.  Sizes are bytes.
 */
#ifndef HAK_WAVE_H
#define HAK_WAVE_H

#include <stddef.h>

#include "base/attributes.h"

/* So much is missing now. */
HAK_HIDDEN void wave_follow(size_t missing);

/* Idle memory was taken, and `idle` is left. */
HAK_HIDDEN void wave_used(size_t idle);

/* `bytes` were freed, and `idle` is idle with them. */
HAK_HIDDEN void wave_freed(size_t bytes, size_t idle);

/* What is to be kept for the next one. */
HAK_HIDDEN size_t wave_proven(void);

#endif /* HAK_WAVE_H */
