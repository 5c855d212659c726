/* SPDX-License-Identifier: MIT */
/*
 * model: a system of one piece of address space, and a copy of everything that
 * a run may change: the data of the program, descriptors, and the pages
 * of blocks that were touched.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bits.h"
#include "model.h"
#include "hooks.h"
#include "os/os_functions.h"
#include "registry/page_registry.h"

/* Always the same place, so that each run of the program is the same. */
#define PLACE ((uintptr_t)1 << 44)
#define ARENA_SIZE ((size_t)16 << 20)
#define META_SIZE ((size_t)2 << 20)
#define TOTAL (ARENA_SIZE + META_SIZE)
#define PAGE ((size_t)4096)
#define PAGES (ARENA_SIZE / PAGE)

/* Of the program, from the linker: all data that is not constant. */
extern char data_start[], _end[];

static size_t arena_used, meta_used; /* bytes given out */
static bool unmapped;		     /* some of it is out of reach */

/* The copies; constant after memory_keep(). */
static char *data_copy;
static char *place_copy;

/* Of blocks: not restored itself, so behind a pointer that is set once. */
static struct pages {
	bool filled[PAGES]; /* not zero in the copy */
	bool dirty[PAGES];
	unsigned count;
	unsigned number[PAGES]; /* of the dirty ones */
} *pages;

static void *map_at(uintptr_t place, size_t size)
{
	void *memory = mmap((void *)place, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS |
				    (place ? MAP_FIXED_NOREPLACE : 0),
			    -1, 0);

	if (memory == MAP_FAILED) {
		fprintf(stderr, "model: no memory\n");
		exit(1);
	}
	return memory;
}

/* ---- the system ---- */

static void *give(size_t *used, size_t begin, size_t end, size_t size,
		  size_t alignment)
{
	size_t first = align_up(begin + *used, alignment);

	if (first + size > end)
		return MAP_FAILED;
	*used = first + size - begin;
	return (void *)(PLACE + first);
}

static void touch(size_t page)
{
	if (pages->dirty[page])
		return;
	pages->dirty[page] = true;
	pages->number[pages->count++] = (unsigned)page;
}

void memory_touch(const volatile void *address)
{
	uintptr_t offset = (uintptr_t)address - PLACE;

	if (offset < ARENA_SIZE)
		touch(offset / PAGE);
}

static size_t page_of(const void *address)
{
	return ((uintptr_t)address - PLACE) / PAGE;
}

static char *page_at(size_t page)
{
	return (char *)PLACE + page * PAGE;
}

static void purge(void *address, size_t size)
{
	size_t first = page_of(address);

	for (size_t i = first; i < first + size / PAGE; i++)
		if (pages->filled[i] || pages->dirty[i]) {
			touch(i);
			memset(page_at(i), 0, PAGE);
		}
}

/* Whoever touches it from now on is caught. */
static int model_munmap(void *address, size_t size)
{
	model_yield();
	purge(address, size);
	unmapped = true;
	return mprotect(address, size, PROT_NONE);
}

/* Large mappings are aligned by themselves: those are chunks and Huge blocks. */
static void *model_mmap(void *hint, size_t size, int protection, int flags, int fd,
		 off_t offset)
{
	(void)protection;
	must(fd == -1 && offset == 0, "a strange mapping");
	if ((flags & MAP_FIXED) != 0) { /* os_purge_apart() */
		model_yield();
		purge(hint, size);
		return hint;
	}
	if (size < UNIT_SIZE)
		return give(&meta_used, ARENA_SIZE, TOTAL, size, PAGE);
	return give(&arena_used, 0, ARENA_SIZE, size, 2 * UNIT_SIZE);
}

/* Mappings neither grow nor shrink. */
static void *model_mremap(void *address, size_t old_size, size_t new_size, int flags,
			  ...)
{
	(void)address;
	(void)old_size;
	(void)new_size;
	(void)flags;
	return MAP_FAILED;
}

static int model_madvise(void *address, size_t size, int advice)
{
	model_yield();
	if (advice == MADV_DONTNEED)
		purge(address, size);
	model_yield();
	return 0;
}

/* ---- copies ---- */

void memory_start(void)
{
	os_functions.mmap = model_mmap;
	os_functions.munmap = model_munmap;
	os_functions.mremap = model_mremap;
	os_functions.madvise = model_madvise;
	map_at(PLACE, TOTAL);
	data_copy = map_at(0, (size_t)(_end - data_start));
	place_copy = map_at(0, TOTAL);
	pages = map_at(0, sizeof(*pages));
}

static void copy_part(char *begin, char *end, bool restore)
{
	char *copy = data_copy + (begin - data_start);

	if (restore)
		memcpy(begin, copy, (size_t)(end - begin));
	else
		memcpy(copy, begin, (size_t)(end - begin));
}

/* The Window is large and hardly used: of it, what is about PLACE. */
static void copy_data(bool restore)
{
	struct registry_window *w = &registry_window;
	size_t word = registry_window_index((void *)PLACE);
	size_t unit = word >> GRANULES_PER_UNIT_SHIFT;

	copy_part(data_start, (char *)w, restore);
	copy_part((char *)(w + 1), _end, restore);
	if (word >= WINDOW_GRANULES) /* not placed: nothing was allocated yet */
		return;
	copy_part((char *)&w->word[word],
		  (char *)&w->word[word + (ARENA_SIZE >> GRANULE_SHIFT)], restore);
	copy_part((char *)&w->unit[unit],
		  (char *)&w->unit[unit + (ARENA_SIZE >> UNIT_SHIFT)], restore);
}

static bool is_filled(size_t page)
{
	static const char zeros[PAGE];

	return memcmp(page_at(page), zeros, PAGE) != 0;
}

void memory_keep(void)
{
	memset(pages, 0, sizeof(*pages));
	for (size_t i = 0; i < PAGES; i++)
		pages->filled[i] = is_filled(i);
	memcpy(place_copy, (void *)PLACE, TOTAL);
	copy_data(false);
}

void memory_restore(void)
{
	if (unmapped)
		must(mprotect((void *)PLACE, TOTAL, PROT_READ | PROT_WRITE) == 0,
		     "mprotect failed");
	for (; pages->count > 0; pages->count--) {
		size_t page = pages->number[pages->count - 1];

		memcpy(page_at(page), place_copy + page * PAGE, PAGE);
		pages->dirty[page] = false;
	}
	memcpy((char *)PLACE + ARENA_SIZE, place_copy + ARENA_SIZE, meta_used);
	copy_data(true);
}

bool memory_is_covered(void)
{
	memory_restore();
	return memcmp((void *)PLACE, place_copy, TOTAL) == 0;
}
