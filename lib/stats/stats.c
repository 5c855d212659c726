/* SPDX-License-Identifier: MIT */
#include "stats/stats.h"

#define COUNTER(name_, unit_, text_) \
	{.name = #name_, .unit = (unit_), .text = (text_)},
const struct counter_row counter_rows[COUNTER_COUNT] = {
#include "stats/counters.def"
};
#undef COUNTER

HAK_NEAR struct totals stats_totals;

void counters_sum(struct counters *into, const struct counters *from)
{
	for (int i = 0; i < COUNTER_COUNT; i++)
		into->value[i] += load_relaxed(&from->value[i]);
}
