/* SPDX-License-Identifier: MIT */
#include "api/stats_page.h"

const struct stats_page hak_stats_page = {
	.layout = STATS_LAYOUT,
	.heaps = &heap_first,
	.totals = &stats_totals,
	.calls = &os_calls,
};
