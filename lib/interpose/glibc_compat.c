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

/* The elements of glibc's report that mean something here. */
HAK_EXPORT int malloc_info(int options, FILE *stream)
{
	__typeof__(&malloc_info) own = LIBC_OWN(malloc_info);
	hak_stats_t stats;
	int written;

	if (own)
		return own(options, stream);
	if (options != 0)
		return EINVAL;
	stats = snapshot();
	written = fprintf(stream,
			  "<malloc version=\"1\">\n"
			  "<total type=\"rest\" count=\"0\" size=\"%" PRIu64 "\"/>\n"
			  "<system type=\"current\" size=\"%" PRIu64 "\"/>\n"
			  "<aspace type=\"total\" size=\"%" PRIu64 "\"/>\n"
			  "</malloc>\n",
			  free_bytes(&stats), stats.mapped, stats.mapped);
	return written < 0 ? -1 : 0;
}
