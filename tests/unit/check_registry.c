/* SPDX-License-Identifier: MIT */
/*
 * The Page Registry at its edges.  It reads nothing near an address, so most
 * addresses here are of no memory at all.
 */
#include "unit.h"

#include "registry/page_registry.h"
#include "stats/stats.h"

#define ADDRESS(number) ((void *)(uintptr_t)(number))
#define GIB ((uint64_t)1 << 30)
#define TOP_GRANULE (((uint64_t)1 << 48) - GRANULE_SIZE)
/* Where mappings usually are; the first one places the Window. */
#define FIRST 0x7f1234560000u

static void require_none(uint64_t address)
{
	require(registry_word(ADDRESS(address)) == WORD_NONE, "word of 0x%llx",
		(unsigned long long)address);
	require(!registry_unit(ADDRESS(address)), "unit of 0x%llx",
		(unsigned long long)address);
}

static void require_word(uint64_t address, uint32_t word)
{
	require(registry_word(ADDRESS(address)) == word, "word of 0x%llx is 0x%x",
		(unsigned long long)address, registry_word(ADDRESS(address)));
}

static void require_any_address_is_none(void)
{
	for (unsigned bit = 0; bit < 64; bit++)
		for (uint64_t step = 0; step < 3; step++) {
			require_none(((uint64_t)1 << bit) + step - 1);
			require_none(~(((uint64_t)1 << bit) + step - 1));
		}
	require_none(0);
	require_none((uint64_t)(uintptr_t)&registry_window);
	require_none((uint64_t)(uintptr_t)registry_word);
}

START_TEST(nothing_is_ours_at_first)
{
	require_any_address_is_none();
}
END_TEST

START_TEST(nothing_else_is_ours_later)
{
	ck_assert(registry_reserve(ADDRESS(FIRST), GRANULE_SIZE));
	require_any_address_is_none();
	registry_set_word(ADDRESS(FIRST), 1, word_of(5, 3));
	require_any_address_is_none();
}
END_TEST

/* One granule answers from its first to its last byte, its neighbours not. */
static void check_granule(uint64_t address)
{
	int descriptor;

	require(registry_reserve(ADDRESS(address), GRANULE_SIZE), "reserve 0x%llx",
		(unsigned long long)address);
	registry_set_word(ADDRESS(address), 1, word_of(77, 9));
	registry_set_unit(ADDRESS(address), 1, &descriptor);
	require_word(address, word_of(77, 9));
	require_word(address + GRANULE_SIZE - 1, word_of(77, 9));
	require_word(address - 1, WORD_NONE);
	require_word(address + GRANULE_SIZE, WORD_NONE);
	ck_assert_ptr_eq(registry_unit(ADDRESS(address)), &descriptor);
	/* The same low bits, not canonical: another address. */
	require_none(address | (uint64_t)1 << 48);
	require_none(address | (uint64_t)1 << 63);
	require_none(address | (uint64_t)0xffff << 48);
	registry_set_word(ADDRESS(address), 1, WORD_NONE);
	registry_set_unit(ADDRESS(address), 1, NULL);
	require_none(address);
}

START_TEST(granules_at_every_edge)
{
	uint64_t window, end;

	check_granule(FIRST);
	window = (uint64_t)registry_place.base;
	end = window + WINDOW_GRANULES * GRANULE_SIZE;
	ck_assert_uint_le(window, FIRST);
	ck_assert_uint_gt(end, FIRST);
	check_granule(window);
	check_granule(window - GRANULE_SIZE);
	check_granule(end - GRANULE_SIZE);
	check_granule(end);
	check_granule(4 * GIB);
	check_granule(4 * GIB - GRANULE_SIZE);
	check_granule(GRANULE_SIZE); /* the lowest that mmap gives */
	check_granule(TOP_GRANULE);
}
END_TEST

/* An arrangement in which the first mapping is very low or very high. */
START_TEST(a_low_first_mapping_places_the_window)
{
	check_granule(GRANULE_SIZE);
	check_granule(TOP_GRANULE);
	require_none(0);
}
END_TEST

START_TEST(a_high_first_mapping_places_the_window)
{
	check_granule(TOP_GRANULE);
	check_granule(GRANULE_SIZE);
	require_none(0);
	require_none(UINT64_MAX);
}
END_TEST

/* Across the border between two leaves, and between Window and leaf. */
static void check_run(uint64_t address, size_t granules)
{
	size_t size = granules * GRANULE_SIZE;

	ck_assert(registry_reserve(ADDRESS(address), size));
	registry_set_word(ADDRESS(address), granules, WORD_LARGE);
	for (size_t i = 0; i < granules; i++)
		require_word(address + i * GRANULE_SIZE, WORD_LARGE);
	require_word(address - 1, WORD_NONE);
	require_word(address + size, WORD_NONE);
	registry_set_word(ADDRESS(address), granules, WORD_NONE);
}

START_TEST(runs_cross_leaves)
{
	uint64_t window;

	check_granule(FIRST);
	window = (uint64_t)registry_place.base;
	check_run(8 * GIB - 5 * GRANULE_SIZE, 10);
	check_run(window - 5 * GRANULE_SIZE, 10);
	check_run(window + WINDOW_GRANULES * GRANULE_SIZE - 5 * GRANULE_SIZE, 10);
	check_run(20 * GIB - 3 * GRANULE_SIZE, 5 * GIB / GRANULE_SIZE);
}
END_TEST

START_TEST(leaves_are_made_once)
{
	uint64_t window, one, two;

	check_granule(FIRST);
	window = stats_totals.registry;
	check_granule(100 * GIB);
	one = stats_totals.registry;
	ck_assert_uint_gt(one, window);
	check_granule(100 * GIB + 50 * GRANULE_SIZE);
	ck_assert_uint_eq(stats_totals.registry, one);
	check_granule(120 * GIB);
	two = stats_totals.registry;
	ck_assert_uint_eq(two - one, one - window);
}
END_TEST

START_TEST(words_hold_owner_and_bin)
{
	for (uint32_t owner = 1; owner < OWNER_LIMIT; owner = owner * 3 + 1)
		for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
			uint32_t word = word_of(owner, bin);

			require(word_owner(word) == owner && word_bin(word) == bin,
				"owner %u, bin %u", owner, bin);
		}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, nothing_is_ours_at_first);
	tcase_add_test(t, nothing_else_is_ours_later);
	tcase_add_test(t, granules_at_every_edge);
	tcase_add_test(t, a_low_first_mapping_places_the_window);
	tcase_add_test(t, a_high_first_mapping_places_the_window);
	tcase_add_test(t, runs_cross_leaves);
	tcase_add_test(t, leaves_are_made_once);
	tcase_add_test(t, words_hold_owner_and_bin);
}

int main(void)
{
	return unit_run("registry", fill);
}
