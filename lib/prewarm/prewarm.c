/* SPDX-License-Identifier: MIT */
#include "prewarm/prewarm.h"

#include "heap/p0.h"
#include "options/options.h"

void prewarm_thread(struct heap *heap)
{
	if (options_get(OPTION_PREWARM) != PREWARM_EAGER)
		return;
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		if (size_class_table[bin].id == CLASS_POOL)
			p0_prewarm(heap, bin, size_class_table[bin].prewarm);
}
