/* SPDX-License-Identifier: MIT */
#include "hardened/slot_kind.h"

#include "base/bits.h"
#include "hardened/locker.h"
#include "options/options.h"

/* Slots up to this, a page and its canary, are zero from end to end while free. */
#define CLEAN_WHOLE 4608u

struct kind kinds[SLOT_BINS];
struct size_map slot_map;
uint8_t slot_shifted_map[SLOTS_MAX / GRID + 1];

/* HAKMEM_ZERO_ON_FREE=1 wants all of it. */
static uint32_t clean_bytes(size_t stride)
{
	int64_t zero = options_get(OPTION_ZERO_ON_FREE);

	if (zero == ZERO_NO)
		return 0;
	return (uint32_t)(zero == ZERO_YES || stride <= CLEAN_WHOLE ? stride :
								      CLEAN_FRONT);
}

static uint16_t magazine_size(size_t stride)
{
	return (uint16_t)min_size(max_size(MAGAZINE_BYTES / stride, MAGAZINE_LEAST),
				  MAGAZINE_MOST);
}

static void start_kind(struct kind *k, unsigned id)
{
	k->stride = slot_class(id)->block;
	k->clean = clean_bytes(k->stride);
	k->most = magazine_size(k->stride);
	if (k->stride <= SLOT_SMALL && id != EMPTY_BIN)
		k->ahead = k->clean;
	k->shifted = slot_class_shifts(id);
}

static bool holds_shifted(const struct kind *k, size_t size)
{
	return k->shifted && k->stride >= size + SHIFTED_MORE;
}

static void fill_shifted_map(void)
{
	unsigned id = 0;

	for (unsigned i = 0; i < sizeof(slot_shifted_map); i++) {
		while (id < BIN_COUNT - 1 && !holds_shifted(&kinds[id], i * GRID))
			id++;
		slot_shifted_map[i] = (uint8_t)id;
	}
}

void slot_kind_start(void)
{
	for (unsigned id = 0; id < SLOT_BINS; id++)
		start_kind(&kinds[id], id);
	size_class_fill_map(&slot_map, 1, 0);
	fill_shifted_map();
}
