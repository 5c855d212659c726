/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hakmem.h"
#include "soak.h"

/* What free() has to keep. */
#define ODD_ERRNO 12345

/*
 * The ways in, out and around.  A kind is a signature and a contract; every
 * name that the process has is called.
 */
enum kind {
	/* void *f(...) */
	SIZE,		/* size */
	NEW,		/* size; throws */
	NEW_NOTHROW,	/* size, const nothrow & */
	ARRAY,		/* count, size; zeroed */
	ALIGN_SIZE,	/* alignment, size */
	OLD_ALIGN_SIZE,	/* the same, but no free with a size */
	NEW_ALIGN,	/* size, alignment; throws */
	NEW_ALIGN_NOTHROW, /* size, alignment, const nothrow & */
	OUT,		/* int f(&block, alignment, size) */
	PAGE,		/* size */
	PAGES,		/* size, rounded up to whole pages */
	/* void f(block, ...) */
	FREE,
	FREE_NOTHROW,	/* const nothrow & */
	FREE_SIZE,	/* size */
	FREE_ALIGN_SIZE, /* alignment, size */
	FREE_ALIGN,	/* alignment */
	FREE_SIZE_ALIGN, /* size, alignment */
	FREE_ALIGN_NOTHROW, /* alignment, const nothrow & */
	/* void *f(block, ...) */
	RESIZE,		/* size */
	RESIZE_ARRAY,	/* count, size */
	/* size_t f(block) */
	USABLE,
	/* around */
	TRIM,		/* int f(0) */
	PURGE,		/* size_t f() */
	FLUSH,		/* void f() */
	PREWARM,	/* size_t f(size, count) */
	OWNS,		/* int f(block) */
	INFO,		/* struct mallinfo2 f() */
	REPORT,		/* int f(0, stream) */
	STATS,		/* int f(&stats, size) */
	STATS_PRINT,	/* int f(write, arg, format) */
	KIND_COUNT
};
#define FIRST_IN SIZE
#define LAST_IN PAGES
#define FIRST_OUT FREE
#define LAST_OUT FREE_ALIGN_NOTHROW
#define FIRST_ASIDE TRIM
#define LAST_ASIDE STATS_PRINT

static struct way {
	const char *name;
	enum kind kind;
	any_function function;
} ways[] = {
	{"malloc", SIZE, NULL},
	{"hak_malloc", SIZE, NULL},
	{"_Znwm", NEW, NULL},
	{"_Znam", NEW, NULL},
	{"_ZnwmRKSt9nothrow_t", NEW_NOTHROW, NULL},
	{"_ZnamRKSt9nothrow_t", NEW_NOTHROW, NULL},
	{"calloc", ARRAY, NULL},
	{"hak_calloc", ARRAY, NULL},
	{"aligned_alloc", ALIGN_SIZE, NULL},
	{"hak_aligned_alloc", ALIGN_SIZE, NULL},
	{"memalign", OLD_ALIGN_SIZE, NULL},
	{"_ZnwmSt11align_val_t", NEW_ALIGN, NULL},
	{"_ZnamSt11align_val_t", NEW_ALIGN, NULL},
	{"_ZnwmSt11align_val_tRKSt9nothrow_t", NEW_ALIGN_NOTHROW, NULL},
	{"_ZnamSt11align_val_tRKSt9nothrow_t", NEW_ALIGN_NOTHROW, NULL},
	{"posix_memalign", OUT, NULL},
	{"hak_posix_memalign", OUT, NULL},
	{"valloc", PAGE, NULL},
	{"pvalloc", PAGES, NULL},
	{"free", FREE, NULL},
	{"hak_free", FREE, NULL},
	{"cfree", FREE, NULL},
	{"_ZdlPv", FREE, NULL},
	{"_ZdaPv", FREE, NULL},
	{"_ZdlPvRKSt9nothrow_t", FREE_NOTHROW, NULL},
	{"_ZdaPvRKSt9nothrow_t", FREE_NOTHROW, NULL},
	{"free_sized", FREE_SIZE, NULL},
	{"hak_free_sized", FREE_SIZE, NULL},
	{"_ZdlPvm", FREE_SIZE, NULL},
	{"_ZdaPvm", FREE_SIZE, NULL},
	{"free_aligned_sized", FREE_ALIGN_SIZE, NULL},
	{"hak_free_aligned_sized", FREE_ALIGN_SIZE, NULL},
	{"_ZdlPvSt11align_val_t", FREE_ALIGN, NULL},
	{"_ZdaPvSt11align_val_t", FREE_ALIGN, NULL},
	{"_ZdlPvmSt11align_val_t", FREE_SIZE_ALIGN, NULL},
	{"_ZdaPvmSt11align_val_t", FREE_SIZE_ALIGN, NULL},
	{"_ZdlPvSt11align_val_tRKSt9nothrow_t", FREE_ALIGN_NOTHROW, NULL},
	{"_ZdaPvSt11align_val_tRKSt9nothrow_t", FREE_ALIGN_NOTHROW, NULL},
	{"realloc", RESIZE, NULL},
	{"hak_realloc", RESIZE, NULL},
	{"reallocarray", RESIZE_ARRAY, NULL},
	{"hak_reallocarray", RESIZE_ARRAY, NULL},
	{"malloc_usable_size", USABLE, NULL},
	{"hak_usable_size", USABLE, NULL},
	{"malloc_trim", TRIM, NULL},
	{"hak_purge", PURGE, NULL},
	{"hak_thread_flush", FLUSH, NULL},
	{"hak_prewarm", PREWARM, NULL},
	{"hak_owns", OWNS, NULL},
	{"mallinfo2", INFO, NULL},
	{"malloc_info", REPORT, NULL},
	{"hak_stats", STATS, NULL},
	{"hak_stats_print", STATS_PRINT, NULL},
};

/* std::nothrow is an empty object: any address stands for it. */
static const char nothrow;
static size_t page_size;
static FILE *nowhere; /* takes the reports */
static size_t (*good_size)(size_t); /* or NULL */

/* The call `function` of a way as a function of that type. */
#define AS(result, ...) ((result (*)(__VA_ARGS__))way->function)

/* The ways of this process: those of kind k begin at first[k]. */
static const struct way *present[COUNT_OF(ways)];
static unsigned first[KIND_COUNT + 1];

bool calls_start(void)
{
	unsigned count = 0;

	for (int kind = 0; kind < KIND_COUNT; kind++) {
		first[kind] = count;
		for (size_t i = 0; i < COUNT_OF(ways); i++) {
			if ((int)ways[i].kind != kind)
				continue;
			ways[i].function = names_find(ways[i].name);
			if (ways[i].function)
				present[count++] = &ways[i];
		}
	}
	first[KIND_COUNT] = count;
	good_size = (size_t(*)(size_t))names_find("hak_good_size");
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	nowhere = fopen("/dev/null", "w");
	return first[SIZE] != first[SIZE + 1] && nowhere;
}

/* Any way of the kinds from..to; NULL: there is none. */
static const struct way *choose(struct worker *w, int from, int to)
{
	unsigned count = first[to + 1] - first[from];
	const struct way *way;

	if (count == 0)
		return NULL;
	way = present[first[from] + random_next(&w->random) % count];
	w->call = way->name;
	return way;
}

/* A power of two: mostly up to a page, seldom up to 4 MiB. */
static size_t random_alignment(struct worker *w, size_t least)
{
	uint64_t dice = random_next(&w->random);
	size_t alignment = (size_t)1 << (dice % 64 == 0 ? dice / 64 % 23 :
							  dice / 64 % 13);

	return alignment < least ? least : alignment;
}

/* An array's count and element size, whose product is at least *size. */
static size_t split(struct worker *w, size_t *size)
{
	size_t element = (size_t)1 << random_next(&w->random) % 6;
	size_t count = (*size + element - 1) / element;

	*size = count * element;
	return element;
}

static void *alloc_out(const struct way *way, struct held *h)
{
	void *block = &ways; /* must stay when it fails */
	int error;

	errno = ODD_ERRNO;
	error = AS(int, void **, size_t, size_t)(&block, h->alignment, h->size);
	must(errno == (error == ENOMEM && way->name[0] == 'p' ? ENOMEM : ODD_ERRNO),
	     "posix_memalign changed errno");
	if (error == 0)
		return block;
	must(block == &ways, "posix_memalign failed and wrote a result");
	errno = error;
	return NULL;
}

static void *alloc_array(struct worker *w, const struct way *way, struct held *h)
{
	size_t element = split(w, &h->size);

	h->zeroed = true;
	return AS(void *, size_t, size_t)(h->size / element, element);
}

static void *alloc_aligned(struct worker *w, const struct way *way, struct held *h)
{
	h->origin = BY_ALIGNMENT;
	h->alignment = random_alignment(w, 2 * sizeof(void *));
	switch (way->kind) {
	case OLD_ALIGN_SIZE:
		h->origin = OTHERWISE;
		/* fall through */
	case ALIGN_SIZE:
		return AS(void *, size_t, size_t)(h->alignment, h->size);
	case OUT:
		h->origin = OTHERWISE;
		return alloc_out(way, h);
	case NEW_ALIGN_NOTHROW:
		return AS(void *, size_t, size_t, const void *)(
			h->size, h->alignment, &nothrow);
	default:
		return AS(void *, size_t, size_t)(h->size, h->alignment);
	}
}

static void *alloc_pages(const struct way *way, struct held *h)
{
	h->origin = OTHERWISE;
	h->alignment = page_size;
	if (way->kind == PAGES)
		h->size = (h->size + page_size - 1) & ~(page_size - 1);
	return AS(void *, size_t)(h->size);
}

static void *alloc_by(struct worker *w, const struct way *way, struct held *h)
{
	switch (way->kind) {
	case SIZE:
	case NEW:
		return AS(void *, size_t)(h->size);
	case NEW_NOTHROW:
		return AS(void *, size_t, const void *)(h->size, &nothrow);
	case ARRAY:
		return alloc_array(w, way, h);
	case PAGE:
	case PAGES:
		return alloc_pages(way, h);
	default:
		return alloc_aligned(w, way, h);
	}
}

/*
 * Some forms of new throw when there is no memory, the others then look for a
 * C++ runtime by dlopen(), which glibc does not keep apart from fork().
 */
static bool needs_memory(enum kind kind)
{
	return kind == NEW || kind == NEW_ALIGN || kind == NEW_NOTHROW ||
	       kind == NEW_ALIGN_NOTHROW;
}

/* Every second block by a plain size, as in life; the rest in any way. */
static const struct way *choose_in(struct worker *w)
{
	const struct way *way;

	if (random_next(&w->random) % 2 == 0)
		return choose(w, SIZE, SIZE);
	do
		way = choose(w, FIRST_IN, LAST_IN);
	while (settings.may_refuse && needs_memory(way->kind));
	return way;
}

void *calls_alloc(struct worker *w, struct held *h)
{
	h->origin = BY_SIZE;
	h->zeroed = false;
	h->alignment = least_alignment(h->size);
	return fault_alloc(alloc_by(w, choose_in(w), h), h);
}

void *calls_resize(struct worker *w, void *block, size_t size)
{
	const struct way *way = choose(w, RESIZE, RESIZE_ARRAY);
	size_t element = 1;

	if (way->kind == RESIZE)
		return AS(void *, void *, size_t)(block, size);
	/* Only elements that divide the size, which is the caller's. */
	while (element < 64 && size % (element * 2) == 0)
		element *= 2;
	return AS(void *, void *, size_t, size_t)(block, size / element, element);
}

static bool may_free(enum kind kind, const struct held *h)
{
	switch (kind) {
	case FREE_SIZE:
		return h->origin == BY_SIZE;
	case FREE_ALIGN_SIZE:
	case FREE_SIZE_ALIGN:
	case FREE_ALIGN:
	case FREE_ALIGN_NOTHROW:
		return h->origin == BY_ALIGNMENT;
	default:
		return true;
	}
}

static void free_by(const struct way *way, const struct held *h)
{
	switch (way->kind) {
	case FREE_NOTHROW:
		AS(void, void *, const void *)(h->block, &nothrow);
		break;
	case FREE_SIZE:
		AS(void, void *, size_t)(h->block, h->size);
		break;
	case FREE_ALIGN:
		AS(void, void *, size_t)(h->block, h->alignment);
		break;
	case FREE_ALIGN_SIZE:
		AS(void, void *, size_t, size_t)(h->block, h->alignment, h->size);
		break;
	case FREE_SIZE_ALIGN:
		AS(void, void *, size_t, size_t)(h->block, h->size, h->alignment);
		break;
	case FREE_ALIGN_NOTHROW:
		AS(void, void *, size_t, const void *)(h->block, h->alignment,
						       &nothrow);
		break;
	default:
		AS(void, void *)(h->block);
	}
}

/* realloc(block, 0) frees, as glibc has it. */
static void free_by_resize(struct worker *w, const struct held *h)
{
	const struct way *way = choose(w, RESIZE, RESIZE);

	must(!AS(void *, void *, size_t)(h->block, 0),
	     "realloc(block, 0) returned a block");
}

void calls_free(struct worker *w, const struct held *h)
{
	const struct way *way;

	if (!fault_free())
		return;
	if (random_next(&w->random) % 64 == 0) {
		free_by_resize(w, h);
		return;
	}
	do
		way = choose(w, FIRST_OUT, LAST_OUT);
	while (!may_free(way->kind, h));
	errno = ODD_ERRNO;
	free_by(way, h);
	fault_after_free();
	must(errno == ODD_ERRNO, "%s changed errno to %d", way->name, errno);
}

size_t calls_usable(struct worker *w, void *block)
{
	const struct way *way = choose(w, USABLE, USABLE);

	return fault_usable(AS(size_t, void *)(block));
}

size_t calls_good_size(size_t size)
{
	return good_size ? good_size(size) : 0;
}

static void check_stats(const struct way *way)
{
	hak_stats_t stats;

	must(AS(int, hak_stats_t *, size_t)(&stats, sizeof(stats)) == 0,
	     "hak_stats failed");
	must(stats.version == HAK_STATS_VERSION && stats.heaps >= stats.heaps_live,
	     "hak_stats: version %u, %ju heaps, %ju of them live", stats.version,
	     (uintmax_t)stats.heaps, (uintmax_t)stats.heaps_live);
}

static void count_text(void *arg, const char *text)
{
	*(size_t *)arg += strlen(text);
}

static void check_stats_print(struct worker *w, const struct way *way)
{
	size_t length = 0;
	unsigned format = random_next(&w->random) % 2 ? HAK_STATS_TEXT :
							HAK_STATS_JSON;

	must(AS(int, void (*)(void *, const char *), void *, unsigned)(
		     count_text, &length, format) == 0 && length > 100,
	     "hak_stats_print wrote %zu characters", length);
}

static void check_owns(const struct way *way, const struct held *h)
{
	int here = 0;

	must(!AS(int, const void *)(&here), "hak_owns a place on the stack");
	must(!AS(int, const void *)((const char *)h->block + 1),
	     "hak_owns the second byte of %p", (void *)h->block);
	must(AS(int, const void *)(h->block), "hak_owns does not own %p",
	     (void *)h->block);
}

void calls_aside(struct worker *w, const struct held *h)
{
	const struct way *way = choose(w, FIRST_ASIDE, LAST_ASIDE);

	switch (way ? way->kind : KIND_COUNT) {
	case TRIM:
		AS(int, size_t)(0);
		break;
	case PURGE:
		AS(size_t, void)();
		break;
	case FLUSH:
		AS(void, void)();
		break;
	case PREWARM:
		AS(size_t, size_t, size_t)(h->size, random_next(&w->random) % 64);
		break;
	case OWNS:
		check_owns(way, h);
		break;
	case INFO:
		AS(struct mallinfo2, void)();
		break;
	case REPORT:
		must(AS(int, int, FILE *)(0, nowhere) == 0, "malloc_info failed");
		break;
	case STATS:
		check_stats(way);
		break;
	case STATS_PRINT:
		check_stats_print(w, way);
		break;
	default:
		break;
	}
}

static void refused(const void *block, int error, const char *what)
{
	must(!block, "%s gave the block %p", what, block);
	must(errno == error, "%s was refused with errno %d", what, errno);
}

void calls_absurd(struct worker *w)
{
	size_t huge = (size_t)PTRDIFF_MAX + 1 + (random_next(&w->random) >> 1);
	const struct way *way = choose(w, ARRAY, ARRAY);

	errno = 0;
	refused(AS(void *, size_t, size_t)(huge / 8, 64), ENOMEM,
		"an array whose size overflows");
	way = choose(w, SIZE, SIZE);
	errno = 0;
	refused(AS(void *, size_t)(huge), ENOMEM, "more than PTRDIFF_MAX bytes");
	way = choose(w, RESIZE, RESIZE);
	errno = 0;
	refused(AS(void *, void *, size_t)(NULL, huge), ENOMEM,
		"a realloc to more than PTRDIFF_MAX bytes");
}

bool calls_allocated(uint64_t *bytes)
{
	any_function flush = names_find("hak_thread_flush");
	int (*ask)(hak_stats_t *, size_t) =
		(int (*)(hak_stats_t *, size_t))names_find("hak_stats");
	hak_stats_t stats;

	if (!flush || !ask)
		return false;
	flush();
	must(ask(&stats, sizeof(stats)) == 0, "hak_stats failed");
	*bytes = stats.allocated;
	return true;
}
