/* SPDX-License-Identifier: MIT */
/* Huge blocks: whose pages they are made of, and that their bytes are kept. */
#define _GNU_SOURCE
#include "unit.h"

#include <sys/mman.h>

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

START_TEST(pages_of_two_freed_blocks_serve_a_larger_one)
{
	char *first = filled(8 * MIB, 1), *second = filled(6 * MIB, 2);
	char *large;

	hak_free(first);
	hak_free(second);
	large = hak_malloc(20 * MIB);
	ck_assert_uint_ge(resident_pages(large, 20 * MIB), 14 * MIB / page);
	hak_free(large);
}
END_TEST

START_TEST(pages_of_a_freed_block_serve_two_smaller_ones)
{
	char *one, *other;

	hak_free(filled(12 * MIB, 1));
	one = hak_malloc(5 * MIB);
	other = hak_malloc(6 * MIB);
	ck_assert_uint_ge(resident_pages(one, 5 * MIB) +
				  resident_pages(other, 6 * MIB),
			  11 * MIB / page);
	hak_free(one);
	hak_free(other);
}
END_TEST

START_TEST(used_pages_are_cleared_for_calloc)
{
	char *block;

	hak_free(filled(8 * MIB, 1));
	hak_free(filled(4 * MIB, 2));
	block = hak_calloc(1, 15 * MIB);
	require(is_filled(block, 15 * MIB, 0), "calloc() gave used pages");
	hak_free(block);
}
END_TEST

/* To 11 MiB, all with pages; of the first `kept` bytes none is lost. */
static void require_growth_in_place(char *block, size_t kept, char mark)
{
	ck_assert_ptr_eq(hak_realloc(block, 11 * MIB), block);
	ck_assert_uint_ge(resident_pages(block, 11 * MIB), 11 * MIB / page);
	require(is_filled(block, kept, mark), "bytes lost in growing");
}

/* It was cut in two, and is one again before its pages are given back. */
START_TEST(a_block_grows_into_the_spare_behind_it)
{
	char *block;

	hak_free(filled(12 * MIB, 1));
	block = filled(4 * MIB, 2);
	require_growth_in_place(block, 4 * MIB, 2);
	hak_free(block);
}
END_TEST

START_TEST(what_a_block_gave_up_it_gets_back)
{
	char *block = filled(12 * MIB, 1);

	ck_assert_ptr_eq(hak_realloc(block, 3 * MIB), block);
	require_growth_in_place(block, 3 * MIB, 1);
	hak_free(block);
}
END_TEST

START_TEST(a_freed_block_that_was_cut_is_joined_again)
{
	char *one, *other, *whole;

	hak_free(filled(12 * MIB, 1));
	one = filled(5 * MIB, 2);
	other = filled(7 * MIB, 3);
	hak_free(other);
	hak_free(one);
	whole = hak_malloc(12 * MIB);
	ck_assert_ptr_eq(whole, one < other ? one : other);
	hak_free(whole);
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

/* A block made of parts moves, grows and shrinks like any other. */
START_TEST(a_block_of_parts_can_be_resized)
{
	char *block;

	hak_free(filled(8 * MIB, 1));
	hak_free(filled(4 * MIB, 2));
	block = filled(15 * MIB, 3);
	block = hak_realloc(block, 40 * MIB);
	require(is_filled(block, 15 * MIB, 3), "bytes lost in growing");
	fill(block, 40 * MIB, 4);
	block = hak_realloc(block, 9 * MIB);
	require(is_filled(block, 9 * MIB, 4), "bytes lost in shrinking");
	hak_free(block);
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

static void fill_tests(TCase *t)
{
	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, pages_of_two_freed_blocks_serve_a_larger_one);
	tcase_add_test(t, pages_of_a_freed_block_serve_two_smaller_ones);
	tcase_add_test(t, used_pages_are_cleared_for_calloc);
	tcase_add_test(t, a_block_grows_into_the_spare_behind_it);
	tcase_add_test(t, what_a_block_gave_up_it_gets_back);
	tcase_add_test(t, a_freed_block_that_was_cut_is_joined_again);
	tcase_add_test(t, rotation_of_small_blocks_faults_little);
	tcase_add_test(t, a_block_of_parts_can_be_resized);
	tcase_add_test(t, rotation_keeps_every_byte);
}

int main(void)
{
	if (UNIT_SANITIZED) {
		puts("the sanitizer's memory takes the place of ours");
		return UNIT_SKIPPED;
	}
	return unit_run("huge", fill_tests);
}
