/* SPDX-License-Identifier: MIT */
#include "superslab/slab_pages.h"

#include "base/bits.h"
#include "debug_ring/debug_ring.h"
#include "nextptr/free_mark.h"
#include "nextptr/tiny_nextptr.h"
#include "os/hak_os_map_boundary.h"
#include "size_class/header.h"
#include "thp/thp.h"

/* The blocks of a slab with a chain. */
#define BLOCKS_MAX (GRANULE_SIZE / TINY_STEP)

struct block_set {
	uint64_t word[BLOCKS_MAX / 64];
};

/* Carved blocks [first, end) of a slab. */
struct block_range {
	unsigned first;
	unsigned end;
};

static unsigned index_of(const struct slab *slab, const void *block)
{
	return size_class_index(slab->bin, (size_t)((const char *)block - slab->base));
}

/* With their headers: the byte before a block may be the last of another page. */
static struct block_range blocks_on_page(const struct slab *slab, unsigned page)
{
	size_t offset = page * os_page_size();
	size_t end = offset + os_page_size() + header_present(slab->bin);
	unsigned last = size_class_index(slab->bin, end - 1);

	return (struct block_range){
		.first = (unsigned)max_size(size_class_index(slab->bin, offset),
					    size_class_table[slab->bin].first),
		.end = (unsigned)min_size(last + 1, slab->carved)};
}

static void set_add(struct block_set *set, unsigned block)
{
	set->word[block / 64] |= (uint64_t)1 << block % 64;
}

static bool set_has_all(const struct block_set *set, struct block_range r)
{
	while (r.first < r.end && (set->word[r.first / 64] >> r.first % 64 & 1) != 0)
		r.first++;
	return r.first == r.end;
}

/* ---- a slab with a chain ---- */

static void collect_free(const struct slab *slab, struct block_set *set)
{
	for (const void *block = slab->free; block; block = tiny_next_load(block)) {
		free_mark_check(block);
		set_add(set, index_of(slab, block));
	}
	for (uint64_t left = slab->purged; left != 0; left &= left - 1) {
		struct block_range r = blocks_on_page(slab, lowest_bit(left));

		for (; r.first < r.end; r.first++)
			set_add(set, r.first);
	}
}

bool slab_hides(const struct slab *slab, const void *block)
{
	size_t offset = (size_t)((const char *)block - slab->base);
	size_t first = offset - header_present(slab->bin);
	size_t last = offset + size_class_table[slab->bin].block - 1;

	return ((slab->purged >> first / os_page_size() |
		 slab->purged >> last / os_page_size()) & 1) != 0;
}

static void drop_hidden(struct slab *slab)
{
	void *block = slab->free, *next, *last = NULL;

	slab->free = NULL;
	for (; block; block = next) {
		next = tiny_next_load(block);
		if (slab_hides(slab, block))
			continue;
		if (last)
			tiny_next_store(last, block);
		else
			slab->free = block;
		last = block;
	}
	if (last)
		tiny_next_store(last, NULL);
}

/* A page where blocks are still to be carved is none. */
static uint64_t free_pages(const struct slab *slab, const struct block_set *set)
{
	size_t page = os_page_size(), end = slab_touched(slab);
	uint64_t bits = 0;

	if (slab->carved == size_class_table[slab->bin].capacity)
		end = slab->granules * GRANULE_SIZE;
	else
		end -= header_present(slab->bin);
	for (unsigned i = 0; (i + 1) * page <= end; i++)
		if (set_has_all(set, blocks_on_page(slab, i)))
			bits |= (uint64_t)1 << i;
	return bits;
}

static void hide_pages(struct slab *slab)
{
	struct block_set set = {{0}};

	collect_free(slab, &set);
	slab->purged = free_pages(slab, &set);
	drop_hidden(slab);
}

void slab_unhide_page(struct slab *slab)
{
	struct block_range r = blocks_on_page(slab, lowest_bit(slab->purged));
	size_t size = size_class_table[slab->bin].block;

	slab->purged &= slab->purged - 1;
	while (r.first < r.end) {
		void *block = slab->base + --r.end * size;

		if (slab_hides(slab, block))
			continue;
		header_write(block, slab->bin);
		free_mark_set(block);
		tiny_next_store(block, slab->free);
		slab->free = block;
	}
}

/* ---- a slab with bits ---- */

/* The whole pages under blocks [first, first + count), as bytes from the base. */
static size_t pages_of_blocks(const struct slab *slab, unsigned first, unsigned count,
			      size_t *end)
{
	const struct size_class *class = &size_class_table[slab->bin];

	*end = first + count == class->capacity ?
		       slab->granules * GRANULE_SIZE :
		       align_down((size_t)(first + count) * class->block, os_page_size());
	return align_up((size_t)first * class->block, os_page_size());
}

static void hide_blocks(struct slab *slab)
{
	uint64_t left = slab->free_bits, run;
	size_t end;

	for (; left != 0; left &= ~run) {
		unsigned first = lowest_bit(left), count = run_length(left, first);

		run = bit_run64(first, count);
		if (pages_of_blocks(slab, first, count, &end) < end)
			slab->purged |= run;
	}
}

/* ---- both ---- */

/*
 * All blocks begin at multiples of g, so they do so at each multiple of g in a page
 * equally often.
 */
size_t slab_shared_pages(unsigned bin)
{
	size_t page = os_page_size();

	return page - min_size(size_class_table[bin].misalign_mask + (size_t)1, page);
}

size_t slab_free_pages(const struct slab *slab)
{
	const struct size_class *class = &size_class_table[slab->bin];
	size_t touched = slab_touched(slab), shared = slab_shared_pages(slab->bin);
	size_t held = slab->used * (class->block + shared);
	size_t alone = excess_of(class->block, shared);

	return max_size(excess_of(touched, held),
			(slab->carved - class->first - slab->used) * alone);
}

uint64_t slab_hide_pages(struct slab *slab)
{
	if (slab_has_bits(slab->bin))
		hide_blocks(slab);
	else
		hide_pages(slab);
	return slab->purged;
}

size_t slab_purge(const struct slab *slab, uint64_t bits, bool *lost)
{
	struct superslab *ss = registry_unit(slab->base);
	size_t done = 0;

	*lost = false;
	while (bits != 0) {
		unsigned first = lowest_bit(bits), count = run_length(bits, first);
		size_t begin = first * os_page_size(), end = begin + count * os_page_size();

		if (slab_has_bits(slab->bin))
			begin = pages_of_blocks(slab, first, count, &end);
		if (begin < end && os_purge(slab->base + begin, end - begin)) {
			done += end - begin;
			if (!thp_split(slab->base + begin, &ss->splits))
				*lost = true;
		}
		bits &= ~bit_run64(first, count);
	}
	debug_ring_add(RING_PURGE, (uintptr_t)slab->base, done);
	return done;
}
