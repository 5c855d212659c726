/* SPDX-License-Identifier: MIT */
/*
 * statistics: the numbers of this process.  Apart from report, so that hakmem-stat
 * links no allocator.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "api/report.h"
#include "base/bits.h"
#include "base/message.h"
#include "hardened/hardened.h"

const struct stats_page hak_stats_page = {
	.layout = STATS_LAYOUT,
	.heaps = &heap_first,
	.totals = &stats_totals,
	.request = &request_slot,
	.sites = &sites_first,
};

void report_take(struct report *r)
{
	memset(r, 0, sizeof(*r));
	for (const struct heap *h = heap_list(); h; h = h->next)
		report_add_heap(r, h);
	report_finish(r, &stats_totals);
	r->allocated += hardened_live(); /* another process shows r->active alone */
}

int hak_stats(hak_stats_t *out, size_t size)
{
	struct report r;
	hak_stats_t s;

	if (!out || size < offsetof(hak_stats_t, mapped))
		return EINVAL;
	report_take(&r);
	s = (hak_stats_t){
		.version = HAK_STATS_VERSION,
		.size = (uint32_t)min_size(size, sizeof(s)),
		.mapped = r.mapped,
		.active = r.active,
		.allocated = r.allocated,
		.retained = r.retained,
		.metadata = r.metadata,
		.purged = r.purged,
		.heaps = r.heaps,
		.heaps_live = r.heaps_live,
		.refills = r.counters.value[COUNTER_refills],
		.refilled = r.counters.value[COUNTER_refilled],
		.flushes = r.counters.value[COUNTER_flushes],
		.drains = r.counters.value[COUNTER_drains],
		.drained = r.counters.value[COUNTER_drained],
		.remote_frees = r.counters.value[COUNTER_remote_frees],
		.adoptions = r.counters.value[COUNTER_adoptions],
		.system_calls = r.system_calls,
	};
	memcpy(out, &s, s.size);
	return 0;
}

static void write_stderr(void *arg, const char *text)
{
	(void)arg;
	message_write(STDERR_FILENO, text, __builtin_strlen(text));
}

int hak_stats_print(void (*write)(void *arg, const char *text), void *arg,
		    unsigned format)
{
	struct report r;

	report_take(&r);
	return report_print(&r, write ? write : write_stderr, arg, format);
}
