/* SPDX-License-Identifier: MIT */
/*
 * interpose: what glibc offers beside the allocation functions: questions,
 * reports and tuning.  The numbers are those of api_stats().
 *
 * No lock of the library is held while stdio runs: stdio may allocate.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>

#include "api/report.h"
#include "api/route.h"
#include "base/attributes.h"
#include "hakmem.h"
#include "libc/libc_malloc.h"

/*
 * libc's own function of that name when HAKMEM_DISABLE handed the program to it,
 * else NULL.
 */
#define LIBC_OWN(name) \
	(libc_serves() ? (__typeof__(&(name)))libc_next(#name) : NULL)

/* glibc's second names: see malloc.c. */
extern HAK_EXPORT struct mallinfo __libc_mallinfo(void)
	__attribute__((alias("mallinfo"), nothrow, leaf));
extern HAK_EXPORT int __libc_mallopt(int parameter, int value)
	__attribute__((alias("mallopt"), nothrow, leaf));

static hak_stats_t snapshot(void)
{
	hak_stats_t stats;

	api_stats(&stats, sizeof(stats));
	return stats;
}

/* Free bytes; the two numbers of a snapshot may be from different moments. */
static uint64_t free_bytes(const hak_stats_t *stats)
{
	return stats->mapped > stats->allocated
		       ? stats->mapped - stats->allocated
		       : 0;
}

/* `pad` is glibc's top of the heap, which does not exist here. */
HAK_EXPORT int malloc_trim(size_t pad)
{
	__typeof__(&malloc_trim) own = LIBC_OWN(malloc_trim);

	return own ? own(pad) : api_purge() > 0;
}

/* Fields that count glibc's own kinds of chunks stay 0. */
HAK_EXPORT struct mallinfo2 mallinfo2(void)
{
	__typeof__(&mallinfo2) own = LIBC_OWN(mallinfo2);
	hak_stats_t stats;

	if (own)
		return own();
	stats = snapshot();
	return (struct mallinfo2){
		.arena = stats.mapped,
		.uordblks = stats.allocated,
		.fordblks = free_bytes(&stats),
		.keepcost = stats.retained,
	};
}

static int saturate(size_t number)
{
	return number < INT_MAX ? (int)number : INT_MAX;
}

/* The same in int, as large as int goes. */
HAK_EXPORT struct mallinfo mallinfo(void)
{
	struct mallinfo2 wide = mallinfo2();

	return (struct mallinfo){
		.arena = saturate(wide.arena),
		.uordblks = saturate(wide.uordblks),
		.fordblks = saturate(wide.fordblks),
		.keepcost = saturate(wide.keepcost),
	};
}

/*
 * Accepts what glibc accepts, so that a program that insists goes on: nothing
 * here has a meaning for this allocator, whose options are HAKMEM_*.
 */
HAK_EXPORT int mallopt(int parameter, int value)
{
	__typeof__(&mallopt) own = LIBC_OWN(mallopt);

	if (own)
		return own(parameter, value);
	switch (parameter) {
	case M_MXFAST:
	case M_NLBLKS:
	case M_GRAIN:
	case M_KEEP:
	case M_TRIM_THRESHOLD:
	case M_TOP_PAD:
	case M_MMAP_THRESHOLD:
	case M_MMAP_MAX:
	case M_CHECK_ACTION:
	case M_PERTURB:
	case M_ARENA_TEST:
	case M_ARENA_MAX:
		return 1;
	default:
		return 0;
	}
}

HAK_EXPORT void malloc_stats(void)
{
	__typeof__(&malloc_stats) own = LIBC_OWN(malloc_stats);

	if (own)
		own();
	else
		api_stats_print(NULL, NULL, HAK_STATS_TEXT);
}

/* Spare blocks by size, as glibc lists free chunks: they are "fast" ones. */
static uint64_t info_sizes(FILE *stream, const struct report *r, uint64_t *bytes)
{
	uint64_t count = 0;

	*bytes = 0;
	fprintf(stream, "<sizes>\n");
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		uint64_t spare = r->bin[bin].spare;
		unsigned block = size_class_table[bin].block;

		if (spare == 0)
			continue;
		fprintf(stream,
			"<size from=\"%u\" to=\"%u\" total=\"%" PRIu64
			"\" count=\"%" PRIu64 "\"/>\n",
			block, block, spare * block, spare);
		count += spare;
		*bytes += spare * block;
	}
	fprintf(stream, "</sizes>\n");
	return count;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The totals that stand in a heap's element and again after it. */
static void info_totals(FILE *stream, const struct report *r, uint64_t count,
			uint64_t bytes)
{
	fprintf(stream,
		"<total type=\"fast\" count=\"%" PRIu64 "\" size=\"%" PRIu64 "\"/>\n"
		"<total type=\"rest\" count=\"0\" size=\"%" PRIu64 "\"/>\n"
		"<system type=\"current\" size=\"%" PRIu64 "\"/>\n"
		"<aspace type=\"total\" size=\"%" PRIu64 "\"/>\n",
		count, bytes, less(less(r->mapped, r->allocated), bytes), r->mapped,
		r->mapped);
}

/*
 * The elements of glibc's report that mean something here.  All heaps share the
 * arenas, so there is one <heap>.
 */
HAK_EXPORT int malloc_info(int options, FILE *stream)
{
	__typeof__(&malloc_info) own = LIBC_OWN(malloc_info);
	struct report r;
	uint64_t count, bytes;

	if (own)
		return own(options, stream);
	if (options != 0)
		return EINVAL;
	report_take(&r);
	fprintf(stream, "<malloc version=\"1\">\n<heap nr=\"0\">\n");
	count = info_sizes(stream, &r, &bytes);
	info_totals(stream, &r, count, bytes);
	fprintf(stream, "</heap>\n");
	info_totals(stream, &r, count, bytes);
	fprintf(stream, "</malloc>\n");
	return ferror(stream) ? -1 : 0;
}
