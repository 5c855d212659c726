/* SPDX-License-Identifier: MIT */
/* Huge blocks: whose pages they are made of, and that their bytes are kept. */
#define _GNU_SOURCE
#include "unit.h"

#include <sys/mman.h>

#include "options/options.h"

/* Free memory may be kept in proportion to what is live: so much that it is. */
#define BALLAST (2048 * MIB)
#define SLOTS 8

static size_t page;
static void *ballast;

static void set_up(void)
{
	page = (size_t)sysconf(_SC_PAGESIZE);
	ballast = hak_malloc(BALLAST);
	require(ballast != NULL, "no address space for 2 GiB");
}

static void tear_down(void)
{
	hak_free(ballast);
}

static void fill(char *block, size_t size, char mark)
{
	for (size_t at = 0; at < size; at += page)
		block[at] = mark;
}

static bool is_filled(const char *block, size_t size, char mark)
{
	for (size_t at = 0; at < size; at += page)
		if (block[at] != mark)
			return false;
	return true;
}

static char *filled(size_t size, char mark)
{
	char *block = hak_malloc(size);

	require(block != NULL, "no block of %zu bytes", size);
	fill(block, size, mark);
	return block;
}

static size_t resident_pages(void *block, size_t size)
{
	size_t pages = size / page, count = 0;
	unsigned char *state = calloc(pages, 1);

	ck_assert_int_eq(mincore(block, size, state), 0);
	for (size_t i = 0; i < pages; i++)
		count += state[i] & 1;
	free(state);
	return count;
}

START_TEST(a_freed_block_serves_one_a_little_smaller)
{
	char *block;

	hak_free(filled(12 * MIB, 1));
	block = hak_malloc(8 * MIB);
	ck_assert_uint_eq(resident_pages(block, 8 * MIB), 8 * MIB / page);
	ck_assert_uint_eq(hak_usable_size(block), 8 * MIB);
	hak_free(block);
}
END_TEST

START_TEST(a_freed_block_is_grown_for_a_larger_one)
{
	char *block;

	hak_free(filled(8 * MIB, 1));
	block = hak_malloc(20 * MIB);
	ck_assert_uint_eq(resident_pages(block, 20 * MIB), 8 * MIB / page);
	hak_free(block);
}
END_TEST

/* Else a small block would hold the memory of a large one. */
START_TEST(a_freed_block_does_not_serve_one_much_smaller)
{
	char *block;

	hak_free(filled(12 * MIB, 1));
	block = hak_malloc(5 * MIB);
	ck_assert_uint_eq(resident_pages(block, 5 * MIB), 0);
	hak_free(block);
}
END_TEST

START_TEST(used_pages_are_cleared_for_calloc)
{
	char *block;

	hak_free(filled(4 * MIB, 1));
	block = hak_calloc(1, 4 * MIB);
	require(is_filled(block, 4 * MIB, 0), "calloc() gave used pages");
	hak_free(block);
}
END_TEST

/* Programs use so large a block sparsely: nobody touches it but they. */
START_TEST(a_large_calloc_touches_nothing)
{
	size_t size = 300 * MIB;

	for (int i = 0; i < 9; i++) {
		char *block = hak_calloc(1, size);

		ck_assert_uint_eq(resident_pages(block, size), 0);
		for (size_t at = 0; at < size; at += 64 * KIB)
			block[at] = 1;
		hak_free(block);
	}
}
END_TEST

START_TEST(what_a_block_gives_up_goes_back)
{
	char *block = filled(12 * MIB, 1);
	size_t before = resident_bytes();

	ck_assert_ptr_eq(hak_realloc(block, 3 * MIB), block);
	require(is_filled(block, 3 * MIB, 1), "bytes lost in shrinking");
	ck_assert_uint_le(resident_bytes(), before - 8 * MIB);
	block = hak_realloc(block, 40 * MIB);
	require(is_filled(block, 3 * MIB, 1), "bytes lost in growing");
	hak_free(block);
}
END_TEST

/* Blocks of 1 to 2 MiB change places: the pages of those before serve them. */
START_TEST(rotation_of_small_blocks_faults_little)
{
	char *slot[SLOTS] = {NULL};
	uint64_t random = 1;
	long before = page_faults();

	for (int i = 0; i < 4000; i++) {
		size_t s = random_next(&random) % SLOTS;

		hak_free(slot[s]);
		slot[s] = filled(MIB + 1 + random_next(&random) % MIB, 1);
	}
	ck_assert_int_le(page_faults() - before, (long)(4 * SLOTS * MIB / page));
	for (size_t s = 0; s < SLOTS; s++)
		hak_free(slot[s]);
}
END_TEST

/* Any sizes in any order: no block loses a byte, no two share one. */
START_TEST(rotation_keeps_every_byte)
{
	struct {
		char *block;
		size_t size;
	} slot[SLOTS] = {{NULL, 0}};
	uint64_t random = 1;

	for (int i = 0; i < 400; i++) {
		size_t size, s;

		s = random_next(&random) % SLOTS;
		size = MIB + 1 + random_next(&random) % (20 * MIB);
		require(!slot[s].block ||
				is_filled(slot[s].block, slot[s].size, (char)s),
			"block %zu of %zu bytes was written to", s, slot[s].size);
		if (i % 3 == 0 && slot[s].block) {
			slot[s].block = hak_realloc(slot[s].block, size);
			fill(slot[s].block, size, (char)s);
		} else {
			hak_free(slot[s].block);
			slot[s].block = filled(size, (char)s);
		}
		slot[s].size = size;
	}
	for (size_t s = 0; s < SLOTS; s++)
		hak_free(slot[s].block);
}
END_TEST

/*
 * A spare mapping that nobody wants goes before the memory of blocks that are freed and
 * wanted again and again.
 */
START_TEST(old_spare_mappings_go_first)
{
	void *large[8];
	uint64_t before;

	option_values[OPTION_PURGE_FLOOR] = 16 * 1024;
	option_values[OPTION_PURGE_SHARE] = 0;
	option_values[OPTION_PURGE_HYSTERESIS] = 0;
	hak_free(hak_malloc(12 * MIB));
	before = stats_now().purged;
	for (int round = 0; round < 100; round++) {
		for (size_t i = 0; i < COUNT_OF(large); i++)
			large[i] = hak_malloc(900 * KIB);
		for (size_t i = 0; i < COUNT_OF(large); i++)
			hak_free(large[i]);
	}
	ck_assert_uint_le(stats_now().purged - before, 12 * MIB);
}
END_TEST

/* Without the ballast, so that only what is wanted again and again is kept. */
START_TEST(a_buffer_that_changes_its_size_costs_few_system_calls)
{
	uint64_t random = 7, before = 0;

	hak_free(ballast);
	for (int i = 0; i < 3000; i++) {
		if (i == 1000)
			before = stats_now().system_calls;
		hak_free(filled(1100 * KIB + random_next(&random) % (7 * MIB), 1));
	}
	ck_assert_uint_le(stats_now().system_calls - before, 400);
	ballast = NULL;
}
END_TEST

static void fill_tests(TCase *t)
{
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_freed_block_serves_one_a_little_smaller);
	tcase_add_test(t, a_freed_block_is_grown_for_a_larger_one);
	tcase_add_test(t, a_freed_block_does_not_serve_one_much_smaller);
	tcase_add_test(t, used_pages_are_cleared_for_calloc);
	tcase_add_test(t, a_large_calloc_touches_nothing);
	tcase_add_test(t, what_a_block_gives_up_goes_back);
	tcase_add_test(t, rotation_of_small_blocks_faults_little);
	tcase_add_test(t, rotation_keeps_every_byte);
	tcase_add_test(t, old_spare_mappings_go_first);
	tcase_add_test(t, a_buffer_that_changes_its_size_costs_few_system_calls);
}

int main(void)
{
	if (UNIT_SANITIZED) {
		puts("the sanitizer's memory takes the place of ours");
		return UNIT_SKIPPED;
	}
	return unit_run("huge", fill_tests);
}
