/* SPDX-License-Identifier: MIT */
/* What include/hakmem.h promises, function by function. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "heap/heap.h"
#include "nextptr/free_mark.h"
#include "options/options.h"

/* Every size up to here is tried; beyond it, far_sizes. */
#define NEAR_SIZES ((size_t)70000)

static const size_t far_sizes[] = {
	100000,	 262144,      500000,	    MIB - 4096,	  MIB - 1,
	MIB,	 MIB + 1,     2 * MIB - 1,  2 * MIB,	  3 * MIB + 5,
	8 * MIB, 9 * MIB + 1, 32 * MIB + 1, 64 * MIB + 7,
};

/* The edges between the ways to serve a request. */
static const size_t edge_sizes[] = {
	1,     8,     9,     16,    17,	   100,	  128,	   1024,
	1025,  4096,  7168,  7169,  8192,  20000, 53248,   53249,
	65536, 65537, 500000, MIB, MIB + 1, 2 * MIB, 5 * MIB, 20 * MIB,
};

static const size_t absurd_sizes[] = {
	(size_t)PTRDIFF_MAX + 1, SIZE_MAX - 4096, SIZE_MAX - 15, SIZE_MAX,
};

static void check_fresh_block(size_t size)
{
	unsigned char *block = hak_malloc(size);

	require(block, "hak_malloc(%zu) failed", size);
	require(is_aligned(block, least_alignment(size)),
		"hak_malloc(%zu) is at %p", size, (void *)block);
	require(hak_usable_size(block) >= size, "hak_malloc(%zu) has %zu bytes",
		size, hak_usable_size(block));
	if (size > 0) {
		block[0] = 1;
		block[size - 1] = 2;
	}
	hak_free(block);
}

START_TEST(malloc_every_size)
{
	for (size_t size = 0; size <= NEAR_SIZES; size++)
		check_fresh_block(size);
	for (size_t i = 0; i < COUNT_OF(far_sizes); i++)
		check_fresh_block(far_sizes[i]);
}
END_TEST

START_TEST(malloc_zero_is_unique)
{
	void *a = hak_malloc(0);
	void *b = hak_malloc(0);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_ne(a, b);
	hak_free(a);
	hak_free(b);
}
END_TEST

START_TEST(absurd_sizes_are_refused)
{
	for (size_t i = 0; i < COUNT_OF(absurd_sizes); i++) {
		size_t size = opaque_size(absurd_sizes[i]);
		void *out = &size;

		errno = 0;
		require(!hak_malloc(size) && errno == ENOMEM, "malloc %zu", size);
		errno = 0;
		require(!hak_calloc(1, size) && errno == ENOMEM, "calloc %zu", size);
		errno = 0;
		require(!hak_realloc(NULL, size) && errno == ENOMEM, "realloc %zu",
			size);
		errno = 0;
		require(!hak_aligned_alloc(64, size) && errno == ENOMEM,
			"aligned_alloc %zu", size);
		errno = 77;
		require(hak_posix_memalign(&out, 64, size) == ENOMEM,
			"posix_memalign %zu", size);
		require(errno == 77 && out == (void *)&size,
			"posix_memalign touched errno or its result");
		require(hak_good_size(size) == 0, "good_size %zu", size);
	}
}
END_TEST

/* Nothing that lies idle is given up for what no memory could ever satisfy. */
START_TEST(impossible_sizes_cost_nothing)
{
	static const size_t sizes[] = {(size_t)1 << 48, (size_t)1 << 60, SIZE_MAX};
	size_t mapped;
	hak_stats_t stats;
	void *block = hak_malloc(100), *idle = hak_malloc(3000000);

	memset(idle, 1, 3000000);
	hak_free(idle);
	hak_stats(&stats, sizeof(stats));
	mapped = stats.mapped;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		size_t size = opaque_size(sizes[i]);

		require(!hak_malloc(size), "malloc %zu", size);
		require(!hak_realloc(block, size), "realloc %zu", size);
		require(!hak_aligned_alloc(4096, size), "aligned_alloc %zu", size);
		hak_stats(&stats, sizeof(stats));
		require(stats.mapped == mapped, "size %zu: %zu of %zu are left",
			size, (size_t)stats.mapped, mapped);
	}
	hak_free(block);
}
END_TEST

START_TEST(products_are_checked)
{
	size_t half = opaque_size(SIZE_MAX / 2);
	void *block = hak_malloc(100);

	pattern_fill(block, 100, 1);
	errno = 0;
	ck_assert_ptr_null(hak_calloc(half, 3));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(hak_calloc((size_t)1 << 33, opaque_size((size_t)1 << 33)));
	ck_assert_int_eq(errno, ENOMEM);
	errno = 0;
	ck_assert_ptr_null(hak_reallocarray(block, half, 4));
	ck_assert_int_eq(errno, ENOMEM);
	pattern_require(block, 100, 1);
	block = hak_reallocarray(block, 50, 4);
	pattern_require(block, 100, 1);
	hak_free(block);
}
END_TEST

static void leave_dirty(size_t size, size_t count)
{
	void *blocks[64];

	for (size_t i = 0; i < count; i++) {
		blocks[i] = hak_malloc(size);
		require(blocks[i], "hak_malloc(%zu) failed", size);
		memset(blocks[i], 0xa5, size);
	}
	for (size_t i = 0; i < count; i++)
		hak_free(blocks[i]);
}

static void check_zeroed(size_t size, size_t count)
{
	void *blocks[64];

	for (size_t i = 0; i < count; i++) {
		blocks[i] = hak_calloc(size, 1);
		require(blocks[i] && zero_end(blocks[i], size) == size,
			"hak_calloc(%zu, 1) is not zero throughout", size);
	}
	for (size_t i = 0; i < count; i++)
		hak_free(blocks[i]);
}

START_TEST(calloc_zeroes_reused_memory)
{
	for (size_t i = 0; i < COUNT_OF(edge_sizes); i++) {
		size_t count = edge_sizes[i] > MIB ? 3 : 64;

		leave_dirty(edge_sizes[i], count);
		check_zeroed(edge_sizes[i], count);
	}
}
END_TEST

START_TEST(calloc_zeroes_purged_memory)
{
	for (size_t i = 0; i < COUNT_OF(edge_sizes); i++) {
		size_t count = edge_sizes[i] > MIB ? 3 : 64;

		leave_dirty(edge_sizes[i], count);
		hak_purge();
		leave_dirty(edge_sizes[i], count / 2);
		check_zeroed(edge_sizes[i], count);
	}
}
END_TEST

START_TEST(calloc_of_nothing)
{
	void *a = hak_calloc(0, 100);
	void *b = hak_calloc(opaque_size(SIZE_MAX), 0);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_ne(a, b);
	hak_free(a);
	hak_free(b);
}
END_TEST

static void check_realloc(size_t from, size_t to)
{
	size_t kept = from < to ? from : to;
	void *block = hak_malloc(from);
	void *moved;

	pattern_fill(block, from, from);
	moved = hak_realloc(block, to);
	require(moved, "hak_realloc(%zu -> %zu) failed", from, to);
	require(is_aligned(moved, least_alignment(to)),
		"hak_realloc(%zu -> %zu) is at %p", from, to, moved);
	require(hak_usable_size(moved) >= to, "hak_realloc(%zu -> %zu) has %zu",
		from, to, hak_usable_size(moved));
	require(pattern_end(moved, kept, from) == kept,
		"hak_realloc(%zu -> %zu) lost the byte %zu", from, to,
		pattern_end(moved, kept, from));
	pattern_fill(moved, to, to);
	hak_free(moved);
}

START_TEST(realloc_keeps_contents)
{
	for (size_t i = 0; i < COUNT_OF(edge_sizes); i++)
		for (size_t j = 0; j < COUNT_OF(edge_sizes); j++)
			check_realloc(edge_sizes[i], edge_sizes[j]);
}
END_TEST

START_TEST(realloc_grows_and_shrinks_one_block)
{
	unsigned char *block = NULL;
	size_t size = 0;

	for (size_t next = 1; next < 8 * MIB; next += next / 3 + 1) {
		block = hak_realloc(block, next);
		require(block, "hak_realloc to %zu failed", next);
		pattern_require(block, size, 5);
		pattern_fill(block, next, 5);
		size = next;
	}
	for (; size > 1; size = size / 2) {
		block = hak_realloc(block, size / 2);
		require(block, "hak_realloc to %zu failed", size / 2);
		pattern_require(block, size / 2, 5);
	}
	hak_free(block);
}
END_TEST

START_TEST(realloc_at_its_edges)
{
	void *block = hak_realloc(NULL, 100);

	ck_assert_ptr_nonnull(block);
	pattern_fill(block, 100, 3);
	errno = 0;
	ck_assert_ptr_null(hak_realloc(block, opaque_size(SIZE_MAX / 2)));
	ck_assert_int_eq(errno, ENOMEM);
	pattern_require(block, 100, 3);
	ck_assert_ptr_null(hak_realloc(block, 0));
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

START_TEST(free_keeps_errno)
{
	errno = 77;
	hak_free(NULL);
	ck_assert_int_eq(errno, 77);
	for (size_t i = 0; i < COUNT_OF(edge_sizes); i++) {
		void *block = hak_malloc(edge_sizes[i]);

		errno = 77;
		hak_free(block);
		require(errno == 77, "free of %zu bytes set errno %d",
			edge_sizes[i], errno);
	}
}
END_TEST

START_TEST(free_with_a_size)
{
	uint64_t before = stats_now().allocated;

	for (size_t i = 0; i < COUNT_OF(edge_sizes); i++) {
		size_t size = edge_sizes[i];

		hak_free_sized(hak_malloc(size), size);
		hak_free_aligned_sized(hak_aligned_alloc(256, size), 256, size);
	}
	hak_free_sized(NULL, 5);
	hak_free_aligned_sized(NULL, 16, 5);
	ck_assert_uint_eq(stats_now().allocated, before);
}
END_TEST

static void check_aligned(size_t alignment, size_t size)
{
	unsigned char *block = hak_aligned_alloc(alignment, size);

	require(block, "hak_aligned_alloc(%zu, %zu) failed", alignment, size);
	require(is_aligned(block, alignment), "hak_aligned_alloc(%zu, %zu) is at %p",
		alignment, size, (void *)block);
	require(hak_usable_size(block) >= size,
		"hak_aligned_alloc(%zu, %zu) has %zu bytes", alignment, size,
		hak_usable_size(block));
	require(hak_owns(block), "hak_aligned_alloc(%zu, %zu) is not owned",
		alignment, size);
	pattern_fill(block, 1, alignment);
	block[hak_usable_size(block) - 1] = 1;
	hak_free(block);
}

START_TEST(aligned_alloc_every_power_of_two)
{
	for (size_t alignment = 1; alignment <= 1024 * MIB; alignment *= 2) {
		check_aligned(alignment, 1);
		check_aligned(alignment, 100);
		check_aligned(alignment, 5000);
		check_aligned(alignment, 60000);
		check_aligned(alignment, MIB + 1);
		if (alignment > 64 * MIB)
			continue;
		check_aligned(alignment, alignment - 1);
		check_aligned(alignment, alignment);
		check_aligned(alignment, alignment + 1);
		check_aligned(alignment, 3 * alignment);
	}
}
END_TEST

START_TEST(aligned_blocks_resize)
{
	for (size_t alignment = 16; alignment <= 16 * MIB; alignment *= 2)
		for (size_t size = 10; size <= MIB; size *= 10) {
			void *block = hak_aligned_alloc(alignment, size);

			pattern_fill(block, size, alignment);
			block = hak_realloc(block, 2 * size);
			require(block, "hak_realloc of an aligned block failed");
			pattern_require(block, size, alignment);
			hak_free(block);
		}
}
END_TEST

/* Many at once, so that a slab full of them is carved. */
START_TEST(aligned_blocks_do_not_overlap)
{
	enum { BLOCKS = 100, SIZE = 300 };
	void *blocks[BLOCKS];

	for (size_t alignment = 16; alignment <= 128 * KIB; alignment *= 2) {
		for (size_t i = 0; i < BLOCKS; i++) {
			blocks[i] = hak_aligned_alloc(alignment, SIZE);
			require(is_aligned(blocks[i], alignment), "%p", blocks[i]);
			pattern_fill(blocks[i], SIZE, i);
		}
		for (size_t i = 0; i < BLOCKS; i++) {
			pattern_require(blocks[i], SIZE, i);
			hak_free(blocks[i]);
		}
	}
}
END_TEST

START_TEST(bad_alignments_are_refused)
{
	static const size_t bad[] = {0, 3, 24, 100, 4097, SIZE_MAX};
	void *out = (void *)bad;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		errno = 0;
		require(!hak_aligned_alloc(opaque_size(bad[i]), 100) &&
				errno == EINVAL,
			"hak_aligned_alloc(%zu): errno %d", bad[i], errno);
		errno = 77;
		require(hak_posix_memalign(&out, bad[i], 100) == EINVAL,
			"hak_posix_memalign(%zu)", bad[i]);
		require(errno == 77 && out == (const void *)bad,
			"hak_posix_memalign touched errno or its result");
	}
	ck_assert_int_eq(hak_posix_memalign(&out, sizeof(void *) / 2, 100), EINVAL);
	ck_assert_int_eq(hak_posix_memalign(&out, sizeof(void *), 100), 0);
	hak_free(out);
}
END_TEST

START_TEST(alignments_beyond_all_memory_fail)
{
	errno = 0;
	ck_assert_ptr_null(hak_aligned_alloc(opaque_size((size_t)1 << 62), 1));
	ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

/* Neighbours, each filled to its last usable byte. */
static void check_usable(size_t size)
{
	void *blocks[32];
	size_t usable[32];
	size_t count = size > 100000 ? 3 : COUNT_OF(blocks);

	for (size_t i = 0; i < count; i++) {
		blocks[i] = hak_malloc(size);
		usable[i] = hak_usable_size(blocks[i]);
		require(usable[i] >= hak_good_size(size),
			"hak_malloc(%zu) has %zu bytes, hak_good_size says %zu",
			size, usable[i], hak_good_size(size));
		pattern_fill(blocks[i], usable[i], i);
	}
	for (size_t i = 0; i < count; i++) {
		require(hak_usable_size(blocks[i]) == usable[i],
			"the usable size of a block of %zu changed", size);
		pattern_require(blocks[i], usable[i], i);
	}
	for (size_t i = 0; i < count; i++)
		hak_free(blocks[i]);
}

START_TEST(usable_size_is_exact_stable_and_writable)
{
	ck_assert_uint_eq(hak_usable_size(NULL), 0);
	for (size_t size = 0; size <= NEAR_SIZES; size += 1 + size / 29)
		check_usable(size);
	for (size_t i = 0; i < COUNT_OF(edge_sizes); i++)
		check_usable(edge_sizes[i]);
}
END_TEST

START_TEST(good_size_is_the_least_usable_size)
{
	for (size_t size = 0; size <= NEAR_SIZES; size++) {
		void *block = hak_malloc(size);

		require(hak_good_size(size) <= hak_usable_size(block) &&
				hak_usable_size(block) / 2 <= hak_good_size(size),
			"hak_good_size(%zu) is %zu, the block has %zu", size,
			hak_good_size(size), hak_usable_size(block));
		hak_free(block);
	}
}
END_TEST

START_TEST(owns_blocks_and_nothing_else)
{
	int on_stack = 0;

	for (size_t i = 0; i < COUNT_OF(edge_sizes); i++) {
		char *block = hak_malloc(edge_sizes[i]);

		require(hak_owns(block), "a block of %zu", edge_sizes[i]);
		require(!hak_owns(block + 1), "inside a block of %zu",
			edge_sizes[i]);
		require(edge_sizes[i] < 65536 || !hak_owns(block + 65536 - 16),
			"far inside a block of %zu", edge_sizes[i]);
		require(edge_sizes[i] <= 65536 || !hak_owns(block + 65536),
			"a granule into a block of %zu", edge_sizes[i]);
		hak_free(block);
	}
	ck_assert(!hak_owns(&on_stack));
	ck_assert(!hak_owns(edge_sizes));
	ck_assert(!hak_owns((void *)(uintptr_t)hak_version));
}
END_TEST

START_TEST(owns_answers_for_any_value)
{
	ck_assert(!hak_owns(NULL));
	for (unsigned bit = 0; bit < 64; bit++)
		for (uint64_t step = 0; step < 5; step++) {
			uint64_t value = ((uint64_t)1 << bit) + step - 2;

			require(!hak_owns((void *)(uintptr_t)value), "0x%llx",
				(unsigned long long)value);
			require(!hak_owns((void *)(uintptr_t)~value), "0x%llx",
				(unsigned long long)~value);
		}
}
END_TEST

START_TEST(option_get_answers)
{
	int64_t value = -5;

	ck_assert_int_eq(hak_option_get("HAKMEM_TINY_FAST_CAP_C5", &value), 0);
	ck_assert_int_eq(value, 96);
	ck_assert_int_eq(hak_option_get("HAKMEM_NO_SUCH_OPTION", &value), ENOENT);
	ck_assert_int_eq(hak_option_get("", &value), ENOENT);
	ck_assert_int_eq(hak_option_get("HAKMEM_PREWARM", NULL), EINVAL);
	ck_assert_int_eq(hak_option_get(NULL, &value), EINVAL);
	ck_assert_int_eq(value, 96);
}
END_TEST

/*
 * What a program keeps in the second word of a block, where a freed one has its mark:
 * addresses near and far, lengths, flags, and their complements.
 */
static void keep_and_free(size_t size, uintptr_t word)
{
	uintptr_t *block = hak_malloc(size);

	block[1] = word;
	ck_assert_uint_ge(hak_usable_size(block), size);
	hak_free(block);
}

static void keep_around(size_t size, uintptr_t middle)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		uintptr_t step = (uintptr_t)1 << bit;

		keep_and_free(size, middle + step);
		keep_and_free(size, middle - step);
		keep_and_free(size, middle ^ step);
		keep_and_free(size, ~(middle + step));
	}
}

/* A word that is bound to the block, as an address in it or behind it is. */
static void keep_offset(size_t size, uintptr_t offset)
{
	uintptr_t *block = hak_malloc(size);

	block[1] = (uintptr_t)block + offset;
	hak_free(block);
}

START_TEST(no_content_makes_a_block_look_freed)
{
	static const size_t sizes[] = {16, 24, 64, 200, 1000, 5000, 40000};
	uint64_t random = 1;

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		keep_around(sizes[i], 0);
		keep_around(sizes[i], (uintptr_t)&sizes);
		keep_around(sizes[i], (uintptr_t)hak_malloc(sizes[i]));
		/* The mark of version 0.1.0 was such a distance. */
		keep_offset(sizes[i], 0x2b7e1517);
		for (uintptr_t offset = 0; offset < 1 << 16; offset++)
			keep_offset(sizes[i], offset);
		for (int n = 0; n < 100000; n++)
			keep_offset(sizes[i], (uint32_t)random_next(&random));
	}
}
END_TEST

/* The mark is the block's alone, and each of its bits is the secret's. */
START_TEST(marks_differ_in_every_bit)
{
	uintptr_t *block = hak_malloc(64), ones = 0, zeros = 0, first;
	uint64_t random = 1;

	hak_free(block);
	first = block[1];
	for (int i = 0; i < 200; i++) {
		secret.mark = random_next(&random) << 32 ^ random_next(&random);
		free_mark_set(block);
		ck_assert(!FREE_CHECKS || free_mark_is_set(block));
		ck_assert(!FREE_CHECKS || block[1] != first);
		ones |= block[1];
		zeros |= ~block[1];
	}
	ck_assert(!FREE_CHECKS || (ones & zeros) == UINTPTR_MAX);
	ck_assert(!FREE_CHECKS || free_mark_of(block) != free_mark_of(block + 2));
}
END_TEST

/* realloc() could bring it back to where it means something, in another block. */
START_TEST(a_large_block_has_no_mark_of_former_ones)
{
	void *block[10], *place[10], *large[10];
	size_t places = 0, again = 0;

	for (size_t i = 0; i < COUNT_OF(block); i++) {
		block[i] = hak_malloc(12300);
		if (is_aligned(block[i], GRANULE_SIZE))
			place[places++] = block[i];
	}
	for (size_t i = 0; i < COUNT_OF(block); i++)
		hak_free(block[i]);
	hak_thread_flush(); /* less is free than may stay resident */
	for (size_t i = 0; i < COUNT_OF(large); i++) {
		large[i] = hak_malloc(60000);
		for (size_t j = 0; j < places; j++)
			again += place[j] == large[i];
		require(!free_mark_is_set(large[i]), "a Large block has a mark");
	}
	require(again != 0, "no Large block stands where a small one was");
	for (size_t i = 0; i < COUNT_OF(large); i++)
		hak_free(large[i]);
}
END_TEST

START_TEST(prewarm_spares_the_refill)
{
	enum { BLOCKS = 6 };
	static const size_t sizes[] = {16, 100, 1000, 3000, 7000};

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		void *blocks[BLOCKS];
		size_t ready = hak_prewarm(sizes[i], BLOCKS);
		uint64_t refills = stats_now().refills;

		require(ready >= 1, "no block of %zu is ready", sizes[i]);
		for (size_t j = 0; j < BLOCKS && j < ready; j++)
			blocks[j] = hak_malloc(sizes[i]);
		require(stats_now().refills == refills,
			"blocks of %zu were not ready", sizes[i]);
		for (size_t j = 0; j < BLOCKS && j < ready; j++)
			hak_free(blocks[j]);
	}
	ck_assert_uint_eq(hak_prewarm(53249, 4), 0);
	ck_assert_uint_eq(hak_prewarm(opaque_size(SIZE_MAX), 4), 0);
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

START_TEST(thread_flush_empties_the_cache)
{
	uint64_t refills;
	void *block;

	hak_thread_flush();
	ck_assert_uint_ge(hak_prewarm(64, 8), 1);
	hak_thread_flush();
	refills = stats_now().refills;
	block = hak_malloc(64);
	ck_assert_uint_gt(stats_now().refills, refills);
	hak_free(block);
	hak_thread_flush();
	hak_thread_flush();
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

/* As in a signal handler or a hook that runs while the thread has a lock in hand. */
START_TEST(thread_flush_with_a_lock_in_hand_does_nothing)
{
	uint64_t flushes;
	struct heap *heap;

	hak_free(hak_malloc(64));
	heap = heap_of(heap_self);
	flushes = stats_now().flushes;
	alarm(5); /* for a flush that waits for its own lock */
	lock_take(&heap->lock);
	hak_thread_flush();
	lock_give(&heap->lock);
	alarm(0);
	ck_assert_uint_eq(stats_now().flushes, flushes);
	hak_thread_flush();
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

/* A handler that interrupted the holder of a lock got them: they lie in one page. */
START_TEST(zeroing_a_handler_s_block_spares_its_neighbours)
{
	char *block[4];

	hak_free(hak_malloc(1));
	option_values[OPTION_ZERO_ON_FREE] = ZERO_YES;
	critical_enter();
	for (size_t i = 0; i < COUNT_OF(block); i++)
		strcpy(block[i] = hak_malloc(1000), "kept");
	critical_leave();
	hak_free(block[0]); /* the first one of the page */
	for (size_t i = 1; i < COUNT_OF(block); i++)
		ck_assert_str_eq(block[i], "kept");
}
END_TEST

START_TEST(version_is_the_header_s)
{
	ck_assert_str_eq(hak_version(), HAKMEM_VERSION_STRING);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, malloc_every_size);
	tcase_add_test(t, malloc_zero_is_unique);
	tcase_add_test(t, absurd_sizes_are_refused);
	tcase_add_test(t, impossible_sizes_cost_nothing);
	tcase_add_test(t, products_are_checked);
	tcase_add_test(t, calloc_zeroes_reused_memory);
	tcase_add_test(t, calloc_zeroes_purged_memory);
	tcase_add_test(t, calloc_of_nothing);
	tcase_add_test(t, realloc_keeps_contents);
	tcase_add_test(t, realloc_grows_and_shrinks_one_block);
	tcase_add_test(t, realloc_at_its_edges);
	tcase_add_test(t, free_keeps_errno);
	tcase_add_test(t, free_with_a_size);
	tcase_add_test(t, aligned_alloc_every_power_of_two);
	tcase_add_test(t, aligned_blocks_resize);
	tcase_add_test(t, aligned_blocks_do_not_overlap);
	tcase_add_test(t, bad_alignments_are_refused);
	tcase_add_test(t, alignments_beyond_all_memory_fail);
	tcase_add_test(t, usable_size_is_exact_stable_and_writable);
	tcase_add_test(t, good_size_is_the_least_usable_size);
	tcase_add_test(t, owns_blocks_and_nothing_else);
	tcase_add_test(t, owns_answers_for_any_value);
	tcase_add_test(t, option_get_answers);
	tcase_add_test(t, no_content_makes_a_block_look_freed);
	tcase_add_test(t, marks_differ_in_every_bit);
	tcase_add_test(t, a_large_block_has_no_mark_of_former_ones);
	tcase_add_test(t, prewarm_spares_the_refill);
	tcase_add_test(t, thread_flush_empties_the_cache);
	tcase_add_test(t, thread_flush_with_a_lock_in_hand_does_nothing);
	tcase_add_test(t, zeroing_a_handler_s_block_spares_its_neighbours);
	tcase_add_test(t, version_is_the_header_s);
}

int main(void)
{
	return unit_run("api", fill);
}
