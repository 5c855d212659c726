/* SPDX-License-Identifier: MIT */
/*
 * wave: does the heap as a whole go up and down?
 *
 * A wave is so many bytes that are missing, purged and not wanted since, and of
 * which then many are wanted again, before more is purged: a quarter of
 * HAKMEM_PURGE_HYSTERESIS, which the boost does not smooth.  After five of them
 * idle memory is kept up to what was live at the crests of late, and an eighth:
 *   live + idle <= peak * 9 / 8
 *   idle <= min(twice the highest wave, 16 hystereses)
 * so that a heap of waves stays as large as its program makes it.  A crest is of
 * late until eight times as much was freed, twice that at most.
 *
 * Any thread; relaxed, a guess.  Sizes are bytes.
 */
#ifndef HAK_WAVE_H
#define HAK_WAVE_H

#include <stddef.h>

#include "base/attributes.h"

/* So much is missing now: more than before, or less. */
HAK_HIDDEN void wave_rises(size_t missing);
HAK_HIDDEN void wave_falls(size_t missing);

/* Memory was taken, or `bytes` were freed, and `live` bytes are live now. */
HAK_HIDDEN void wave_used(size_t live);
HAK_HIDDEN void wave_freed(size_t bytes, size_t live);

/* What is to be kept for the next one when so much is live. */
HAK_HIDDEN size_t wave_keeps(size_t live);

#endif /* HAK_WAVE_H */
