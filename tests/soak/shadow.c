/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "shadow.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* A bit for this many bytes: the smallest alignment of any block. */
#define UNIT ((size_t)8)
#define WORD_BITS 64u
#define PAGE_SHIFT 16 /* a page of the shadow is for so much memory */
#define PAGE_WORDS (((size_t)1 << PAGE_SHIFT) / UNIT / WORD_BITS)

/* Pages of address space that a run may ever see a block in: 64 GiB. */
#define PAGES ((size_t)1 << 20)

struct page {
	uint64_t word[PAGE_WORDS];
};

/* Open addressing: number[i] is set once, by compare and swap; 0: free. */
static uint64_t *number;
static struct page *pages;

static void *map(size_t size)
{
	void *place = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return place == MAP_FAILED ? NULL : place;
}

bool shadow_start(void)
{
	number = map(PAGES * sizeof(*number));
	pages = map(PAGES * sizeof(*pages));
	return number && pages;
}

size_t shadow_bytes(void)
{
	return PAGES * (sizeof(*number) + sizeof(*pages));
}

static bool take_place(size_t place, uint64_t wanted)
{
	uint64_t found = 0;

	return __atomic_compare_exchange_n(&number[place], &found, wanted, 0,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
	       found == wanted;
}

static struct page *page_of(uintptr_t address)
{
	uint64_t wanted = (address >> PAGE_SHIFT) + 1;
	size_t place = wanted * 0x9e3779b97f4a7c15u >> 44;

	for (size_t probe = 0; probe < PAGES; probe++) {
		if (take_place(place, wanted))
			return &pages[place];
		place = (place + 1) % PAGES;
	}
	fprintf(stderr, "soak: blocks in more than 64 GiB of address space\n");
	abort();
}
_Static_assert(PAGES == (size_t)1 << (64 - 44), "the hash fits the table");

/* Turns the bits of a word to `on`; false: some of them were so before. */
static bool turn(uint64_t *word, uint64_t bits, bool on)
{
	uint64_t before = on ? __atomic_fetch_or(word, bits, __ATOMIC_RELAXED) :
			       ~__atomic_fetch_and(word, ~bits, __ATOMIC_RELAXED);

	return (before & bits) == 0;
}

static bool turn_all(const void *block, size_t size, bool on)
{
	uintptr_t unit = (uintptr_t)block / UNIT;
	uintptr_t end = ((uintptr_t)block + size + UNIT - 1) / UNIT;
	bool done = true;

	while (unit < end) {
		size_t first = unit % WORD_BITS;
		size_t left = WORD_BITS - first;
		size_t count = end - unit < left ? end - unit : left;
		struct page *page = page_of(unit * UNIT);

		done &= turn(&page->word[unit / WORD_BITS % PAGE_WORDS],
			     ~(uint64_t)0 >> (WORD_BITS - count) << first, on);
		unit += count;
	}
	return done;
}

bool shadow_claim(const void *block, size_t size)
{
	return turn_all(block, size, true);
}

bool shadow_release(const void *block, size_t size)
{
	return turn_all(block, size, false);
}
