/* SPDX-License-Identifier: MIT */
/* The class table and the arithmetic on it, for every size there is. */
#include "unit.h"

#include "base/bits.h"
#include "size_class/header.h"
#include "size_class/size_class.h"

static const struct size_class *class_of(unsigned bin)
{
	require(bin < BIN_COUNT, "bin %u of %d", bin, BIN_COUNT);
	return &size_class_table[bin];
}

/* The same size again, naturally aligned. */
static bool is_twin(const struct size_class *c)
{
	return c->usable == c[-1].usable && is_power_of_two(c->block);
}

START_TEST(rows_rise_and_fit)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		const struct size_class *c = class_of(bin);
		size_t slab = c->granules * GRANULE_SIZE;

		require(bin == 0 || c->block > c[-1].block || is_twin(c),
			"row %u is not larger", bin);
		require(bin == 0 || c->id >= c[-1].id, "class of row %u", bin);
		require(c->usable <= c->block - header_bytes(c->id) &&
				c->usable + 16 + c->block / 50 > c->block,
			"usable size of row %u", bin);
		require((size_t)c->capacity * c->block <= slab &&
				((size_t)c->capacity + 1) * c->block > slab,
			"row %u: %u blocks of %u in %zu", bin, c->capacity,
			c->block, slab);
		require(c->first == header_present(bin), "first block of row %u",
			bin);
	}
	ck_assert_uint_eq(class_of(BIN_COUNT - 1)->usable, CACHED_MAX);
}
END_TEST

/* An octave is C0 up to 8 bytes, C1 up to 16, ... C7 up to 1024. */
START_TEST(classes_are_octaves)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		const struct size_class *c = class_of(bin);

		if (c->id > CLASS_C7)
			continue;
		require(c->block <= (size_t)8 << c->id &&
				c->block > (size_t)4 << c->id,
			"%u bytes are not in %s", c->block, size_class_name(bin));
	}
	ck_assert_str_eq(size_class_name(size_class_bin(200)), "C5");
	ck_assert_str_eq(size_class_name(size_class_bin(1000)), "C7");
	ck_assert_str_eq(size_class_name(size_class_bin(3000)), "MID");
	ck_assert_str_eq(size_class_name(BIN_COUNT), "none");
}
END_TEST

START_TEST(bins_are_the_smallest_that_hold)
{
	for (size_t size = 0; size <= CACHED_MAX; size++) {
		unsigned bin = size_class_bin(size);

		if (bin == BIN_COUNT)
			continue; /* beyond the last usable size */
		require(class_of(bin)->usable >= size, "%zu bytes in bin %u", size,
			bin);
		/* Whole slots of the map: a header may cost the next bin. */
		require(bin == 0 || HAK_HEADER_CLASSES > 0 ||
				size_class_table[bin - 1].usable < size,
			"%zu bytes would fit the bin before %u", size, bin);
	}
	ck_assert_uint_eq(size_class_bin(CACHED_MAX + 1), BIN_COUNT);
	ck_assert_uint_eq(size_class_bin(SIZE_MAX), BIN_COUNT);
}
END_TEST

/* What the fast path does. */
static unsigned mapped_bin(const struct size_map *map, size_t size)
{
	if (size <= TINY_MAX)
		return map->tiny[(size + TINY_STEP - 1) / TINY_STEP];
	return map->mid[(size + MID_STEP - 1) / MID_STEP];
}

START_TEST(the_map_agrees_with_the_table)
{
	static struct size_map map, units;

	size_class_fill_map(&map, 1, 0);
	size_class_fill_map(&units, 16, 0);
	for (size_t size = 0; size <= CACHED_MAX; size++) {
		unsigned bin = mapped_bin(&map, size);

		require(class_of(bin)->usable >= size, "%zu bytes map to bin %u",
			size, bin);
		require(HAK_HEADER_CLASSES > 0 || bin == size_class_bin(size),
			"%zu bytes map to bin %u, not %u", size, bin,
			size_class_bin(size));
		require(mapped_bin(&units, size) == bin * 16, "units of %zu", size);
	}
}
END_TEST

/* No request gets more than twice the block of its own bin. */
static void require_merged(const struct size_map *merged, const struct size_map *map,
			   uint64_t octaves)
{
	for (size_t size = 0; size <= CACHED_MAX; size++) {
		unsigned own = mapped_bin(map, size), bin = mapped_bin(merged, size);
		bool is_merged = (octaves >> size_class_octave(own) & 1) != 0;

		require(bin == (is_merged ? size_class_octave(own) : own),
			"%zu bytes map to bin %u, not %u", size, bin, own);
		require(class_of(bin)->block < 2 * class_of(own)->block, "%zu bytes take %u",
			size, class_of(bin)->block);
	}
}

START_TEST(octaves_are_merged_and_split)
{
	static struct size_map map, merged;
	uint64_t octaves = size_class_octaves();

	size_class_fill_map(&map, 1, 0);
	ck_assert_int_eq(__builtin_popcountll(octaves), 7);
	for (; octaves != 0; octaves &= octaves - 1) {
		size_class_fill_map(&merged, 1, octaves);
		require_merged(&merged, &map, octaves);
	}
	size_class_fill_map(&merged, 1, 0);
	ck_assert_mem_eq(&map, &merged, sizeof(map));
}
END_TEST

/* From C5 up to the Pool at most a fifth of a block is lost. */
START_TEST(little_is_wasted)
{
	for (size_t size = 129; size <= 7168 && HAK_HEADER_CLASSES == 0; size++) {
		const struct size_class *c = class_of(size_class_bin(size));

		require((c->usable - size) * 5 <= c->block,
			"%zu bytes take a block of %u", size, c->block);
	}
}
END_TEST

static bool serves(unsigned bin, size_t size, size_t alignment)
{
	return size_class_table[bin].usable >= size &&
	       size_class_table[bin].block % alignment == 0;
}

START_TEST(aligned_bins_are_the_smallest)
{
	for (size_t alignment = 1; alignment <= GRANULE_SIZE; alignment *= 2)
		for (size_t size = 0; size <= CACHED_MAX; size += 1 + size / 64) {
			unsigned bin = size_class_aligned_bin(size, alignment);

			require(bin == BIN_COUNT || serves(bin, size, alignment),
				"%zu at %zu in bin %u", size, alignment, bin);
			for (unsigned b = 0; b < bin; b++)
				require(HAK_HEADER_CLASSES > 0 ||
						!serves(b, size, alignment),
					"%zu at %zu is served by bin %u", size,
					alignment, b);
		}
}
END_TEST

START_TEST(a_page_costs_nothing_extra)
{
	size_t most = BIN_COUNT > size_class_bin(32768) ? 32768 : 4096;

	for (size_t size = 16; size <= most && HAK_HEADER_CLASSES == 0; size *= 2)
		ck_assert_uint_eq(size_class_table[size_class_aligned_bin(size, size)]
					  .block,
				  size);
}
END_TEST

/* The division by multiplication, at every place of a slab. */
START_TEST(the_index_is_exact)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++) {
		size_t block = size_class_table[bin].block;
		size_t slab = size_class_table[bin].granules * GRANULE_SIZE;

		for (size_t offset = 0; offset < slab; offset++)
			require(size_class_index(bin, offset) == offset / block,
				"offset %zu of blocks of %zu", offset, block);
	}
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, rows_rise_and_fit);
	tcase_add_test(t, classes_are_octaves);
	tcase_add_test(t, bins_are_the_smallest_that_hold);
	tcase_add_test(t, the_map_agrees_with_the_table);
	tcase_add_test(t, octaves_are_merged_and_split);
	tcase_add_test(t, little_is_wasted);
	tcase_add_test(t, aligned_bins_are_the_smallest);
	tcase_add_test(t, a_page_costs_nothing_extra);
	tcase_add_test(t, the_index_is_exact);
}

int main(void)
{
	return unit_run("size_class", fill);
}
