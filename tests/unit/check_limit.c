/* SPDX-License-Identifier: MIT */
/*
 * HAKMEM_LIMIT_MB and HAKMEM_THP at the boundary to the system: what counts, what
 * happens at the limit, and which advice memory gets.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>

#include "options/options.h"
#include "os/hak_os_map_boundary.h"

#define LIMIT (64 * MIB)

/* Blocks in a list through their first word. */
static void **fill(size_t size, size_t *bytes)
{
	void **list = NULL, **block;

	errno = 0;
	for (*bytes = 0; (block = hak_malloc(size)) != NULL; *bytes += size) {
		*block = list;
		list = block;
		require(*bytes <= LIMIT, "no limit");
	}
	require(errno == ENOMEM, "errno %d after a refusal", errno);
	require(os_held() <= LIMIT, "%zu bytes are mapped", os_held());
	return list;
}

static void release(void **list)
{
	while (list) {
		void **next = *list;

		hak_free(list);
		list = next;
	}
}

START_TEST(what_is_mapped_is_counted)
{
	size_t before = os_held();
	char *block = os_map(MIB, 64 * KIB), *place;

	ck_assert_uint_eq(os_held() - before, MIB);
	if (os_resize(block, MIB, MIB / 2))
		ck_assert_uint_eq(os_held() - before, MIB / 2);
	else
		ck_assert_uint_eq(os_held() - before, MIB);
	place = os_move(block, MIB / 2, 4 * MIB);
	ck_assert_ptr_nonnull(place);
	ck_assert_uint_eq(os_held() - before, 4 * MIB);
	block = os_map(MIB, 64 * KIB);
	ck_assert_uint_eq(os_held() - before, 5 * MIB);
	ck_assert(os_unmap(block, MIB));
	ck_assert_uint_eq(os_held() - before, 4 * MIB);
	place[4 * MIB - 1] = 1;
	ck_assert(os_purge(place, 4 * MIB));
	ck_assert_uint_eq(os_held() - before, 4 * MIB);
	ck_assert(os_unmap(place, 4 * MIB));
	ck_assert_uint_eq(os_held(), before);
	place = os_reserve(2 * MIB, 64 * KIB);
	ck_assert_ptr_nonnull(place);
	ck_assert_uint_eq(os_held(), before);
	ck_assert(os_commit(place, MIB));
	ck_assert_uint_eq(os_held() - before, MIB);
	os_release(place, MIB);
	ck_assert_uint_eq(os_held(), before);
}
END_TEST

START_TEST(too_much_is_refused)
{
	size_t before = os_held();
	void *block;

	os_set_limit(before + MIB);
	ck_assert_ptr_null(os_map(MIB + os_page_size(), os_page_size()));
	ck_assert_uint_eq(os_held(), before);
	block = os_map(MIB, os_page_size());
	ck_assert_ptr_nonnull(block);
	ck_assert(!os_resize(block, MIB, 2 * MIB));
	ck_assert_uint_eq(os_held(), before + MIB);
	ck_assert(os_resize(block, MIB, MIB / 2));
}
END_TEST

/* What one kind of block leaves behind, each other kind can have. */
START_TEST(what_is_idle_is_given_back_first)
{
	static const size_t sizes[] = {31, 3 * MIB, 500, 200000, 30000, 5 * MIB, 31};
	size_t bytes;

	os_set_limit(LIMIT);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		void **list = fill(sizes[i], &bytes);

		require(bytes > LIMIT / 2, "%zu bytes in blocks of %zu", bytes,
			sizes[i]);
		release(list);
	}
}
END_TEST

/* One block takes half; a neighbour is kept for reuse; it can grow all the same. */
START_TEST(a_block_grows_into_what_was_kept)
{
	char *block, *kept;

	os_set_limit(LIMIT);
	option_values[OPTION_PURGE_FLOOR] = LIMIT >> 10;
	block = hak_malloc(LIMIT / 2);
	kept = hak_malloc(LIMIT / 4);
	ck_assert(block && kept);
	block[0] = 77;
	hak_free(kept);
	block = hak_realloc(block, LIMIT / 8 * 7);
	ck_assert_ptr_nonnull(block);
	ck_assert_int_eq(block[0], 77);
}
END_TEST

static void *allocate(void *unused)
{
	size_t bytes;

	release(fill(1000, &bytes));
	return unused;
}

START_TEST(threads_meet_the_limit_together)
{
	pthread_t threads[4];

	os_set_limit(LIMIT);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_create(&threads[i], NULL, allocate, NULL);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_le(os_held(), LIMIT);
}
END_TEST

/* Has the mapping of this address the flag "hg" or "nh"? */
static bool has_flag(const void *address, const char *flag)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	char line[512];
	bool here = false, found = false;
	uintptr_t start, end;

	while (!found && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &start, &end) == 2)
			here = (uintptr_t)address >= start && (uintptr_t)address < end;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, flag) != NULL;
	}
	fclose(maps);
	return found;
}

/* For a block of the arenas and one with a mapping of its own. */
START_TEST(memory_has_the_advice_of_the_option)
{
	static const struct {
		enum thp_mode mode;
		bool wanted, forbidden;
	} cases[] = {
		{THP_NEVER, false, true},
		{THP_ALWAYS, true, false},
		{THP_AUTO, false, false},
	};
	void *block[2];

	if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0)
		return;
	/* The first chunks have theirs since the process started. */
	for (int i = 0; i < 8; i++)
		ck_assert_ptr_nonnull(hak_malloc(MIB));
	option_values[OPTION_THP] = cases[_i].mode;
	for (int i = 0; i < 8; i++)
		ck_assert_ptr_nonnull(hak_malloc(MIB));
	block[0] = hak_malloc(500000);
	block[1] = hak_malloc(10 * MIB);
	for (size_t i = 0; i < COUNT_OF(block); i++) {
		require(has_flag(block[i], " hg") == cases[_i].wanted,
			"block %zu: hg under mode %d", i, (int)_i);
		require(has_flag(block[i], " nh") == cases[_i].forbidden,
			"block %zu: nh under mode %d", i, (int)_i);
	}
}
END_TEST

/*
 * A large heap of small blocks asks for huge pages, for the length of a page fault: its
 * memory then has the advice that ended it.  How often it asks depends on the machine.
 */
START_TEST(a_large_heap_asks_for_huge_pages)
{
	size_t asked = 0, bytes = 0;

	if (access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0 || os_page_size() != 4096)
		return;
	for (; bytes < 64 * MIB; bytes += 128) {
		char *block = hak_malloc(128);

		ck_assert_ptr_nonnull(block);
		if (bytes % MIB != 0)
			continue;
		require(!has_flag(block, " hg"), "the advice stays");
		require(bytes >= 24 * MIB || !has_flag(block, " nh"), "advice at %zu", bytes);
		asked += has_flag(block, " nh");
	}
	require(asked > 0, "there was no advice");
}
END_TEST

/*
 * In the first chunks each place for a huge page got a small one before it was
 * whole, though the program has touched nothing.
 */
START_TEST(the_first_chunks_have_small_pages)
{
	const size_t place = 2 * MIB;
	unsigned char resident[512], whole = 0;

	for (int i = 0; i < 5; i++) {
		char *block = (char *)((uintptr_t)hak_malloc(MIB) & -place);

		/* A place with a gap gets none anyway. */
		if (mincore(block, place, resident) != 0)
			continue;
		whole++;
		require(resident[0] & 1, "no page at %p", (void *)block);
	}
	ck_assert_uint_ge(whole, 2);
}
END_TEST

static void fill_case(TCase *t)
{
	tcase_add_test(t, what_is_mapped_is_counted);
	tcase_add_test(t, too_much_is_refused);
	tcase_add_test(t, what_is_idle_is_given_back_first);
	tcase_add_test(t, a_block_grows_into_what_was_kept);
	tcase_add_test(t, threads_meet_the_limit_together);
	tcase_add_test(t, the_first_chunks_have_small_pages);
	tcase_add_test(t, a_large_heap_asks_for_huge_pages);
	tcase_add_loop_test(t, memory_has_the_advice_of_the_option, 0, 3);
}

int main(void)
{
	return unit_run("limit", fill_case);
}
