/* SPDX-License-Identifier: MIT */
/*
 * interpose: what glibc offers beside the allocation functions: questions,
 * reports and tuning.  The numbers are those of the report.
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
#include "base/attributes.h"
#include "base/bits.h"
#include "hakmem.h"
#include "next_malloc/next_malloc.h"
#include "purge/purge.h"

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

/*
 * As in glibc, blocks that are mappings of their own count apart, and "fast" is a free
 * block that a thread has in store.  Hardened mode has no such kinds: there all is
 * arena, uordblks or fordblks.
 */
static struct mallinfo2 count(const struct report *r)
{
	struct mallinfo2 info = {
		.arena = excess_of(r->mapped, r->huge),
		.hblks = r->huge_blocks,
		.hblkhd = r->huge,
		.uordblks = excess_of(r->allocated, r->huge),
		.keepcost = r->retained,
	};

	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		info.ordblks += r->bin[bin].in_slabs;
		info.smblks += r->bin[bin].spare;
		info.fsmblks += r->bin[bin].spare * size_class_table[bin].block;
	}
	info.fordblks = excess_of(info.arena, info.uordblks);
	return info;
}

/* `pad` is glibc's top of the heap, which does not exist here. */
HAK_EXPORT int malloc_trim(size_t pad)
{
	__typeof__(&malloc_trim) own = LIBC_OWN(malloc_trim);

	return own ? own(pad) : purge_everything() > 0;
}

HAK_EXPORT struct mallinfo2 mallinfo2(void)
{
	__typeof__(&mallinfo2) own = LIBC_OWN(mallinfo2);
	struct report r;

	if (own)
		return own();
	report_take(&r);
	return count(&r);
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
		.ordblks = saturate(wide.ordblks),
		.smblks = saturate(wide.smblks),
		.hblks = saturate(wide.hblks),
		.hblkhd = saturate(wide.hblkhd),
		.fsmblks = saturate(wide.fsmblks),
		.uordblks = saturate(wide.uordblks),
		.fordblks = saturate(wide.fordblks),
		.keepcost = saturate(wide.keepcost),
	};
}

/*
 * Accepts what glibc accepts, so that a program that insists goes on: nothing here has a
 * meaning for this allocator, whose options are HAKMEM_*.  glibc's parameters are numbered
 * from M_ARENA_MAX, -8, to M_KEEP, 4.
 */
HAK_EXPORT int mallopt(int parameter, int value)
{
	__typeof__(&mallopt) own = LIBC_OWN(mallopt);

	if (own)
		return own(parameter, value);
	return parameter != 0 && parameter >= M_ARENA_MAX && parameter <= M_KEEP;
}

HAK_EXPORT void malloc_stats(void)
{
	__typeof__(&malloc_stats) own = LIBC_OWN(malloc_stats);

	if (own)
		own();
	else
		hak_stats_print(NULL, NULL, HAK_STATS_TEXT);
}

/* Spare blocks by size, as glibc lists free chunks: they are "fast" ones. */
static void info_sizes(FILE *stream, const struct report *r)
{
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
	}
	fprintf(stream, "</sizes>\n");
}

static void info_total(FILE *stream, const char *type, size_t number, size_t bytes)
{
	fprintf(stream, "<total type=\"%s\" count=\"%zu\" size=\"%zu\"/>\n", type, number,
		bytes);
}

/* Of a heap; of all of them: `mapped`, with the blocks that are mappings of their own. */
static void info_totals(FILE *stream, const struct mallinfo2 *info, bool mapped)
{
	info_total(stream, "fast", info->smblks, info->fsmblks);
	info_total(stream, "rest", info->ordblks, excess_of(info->fordblks, info->fsmblks));
	if (mapped)
		info_total(stream, "mmap", info->hblks, info->hblkhd);
	fprintf(stream,
		"<system type=\"current\" size=\"%zu\"/>\n"
		"<aspace type=\"total\" size=\"%zu\"/>\n",
		info->arena, info->arena);
}

/*
 * The elements of glibc's report that mean something here.  All heaps share the
 * arenas, so there is one <heap>.
 */
HAK_EXPORT int malloc_info(int options, FILE *stream)
{
	__typeof__(&malloc_info) own = LIBC_OWN(malloc_info);
	struct report r;
	struct mallinfo2 info;

	if (own)
		return own(options, stream);
	if (options != 0)
		return EINVAL;
	report_take(&r);
	info = count(&r);
	fprintf(stream, "<malloc version=\"1\">\n<heap nr=\"0\">\n");
	info_sizes(stream, &r);
	info_totals(stream, &info, false);
	fprintf(stream, "</heap>\n");
	info_totals(stream, &info, true);
	fprintf(stream, "</malloc>\n");
	return ferror(stream) ? -1 : 0;
}
