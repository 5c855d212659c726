/* SPDX-License-Identifier: MIT */
/*
 * The boundary to the system: memory that is not taken back, moves and purges
 * that are refused, pages of 4, 16 and 64 KiB, addresses of 39, 47 and 57 bits.
 * The program runs itself once for each kind of machine.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <sys/resource.h>
#include <sys/wait.h>

#if UNIT_THREAD_SANITIZED

int main(void)
{
	puts("the calls that this test replaces are the sanitizer's own");
	return UNIT_SKIPPED;
}

#else

#include "base/bits.h"
#include "kernel.h"
#include "os/hak_os_map_boundary.h"
#include "stats/stats.h"

/* From here on every call of the kind is refused; none with false. */
static void refuse(enum call kind, bool on)
{
	plan.kind = kind;
	plan.first = on;
	plan.last = UINT64_MAX;
}

static size_t mapped_now(void)
{
	return __atomic_load_n(&kernel_mapped, __ATOMIC_RELAXED);
}

static void require_zero(const char *memory, size_t size)
{
	require(zero_end(memory, size) == size, "memory at %p is not zero",
		(const void *)memory);
}

static char *map(size_t size, size_t alignment)
{
	char *memory = os_map(size, alignment);

	require(memory, "%zu bytes refused", size);
	require(is_aligned(memory, alignment), "%p is not at %zu",
		(void *)memory, alignment);
	require_zero(memory, size);
	memset(memory, 1, size);
	return memory;
}

/* ---- memory that the system does not take back ---- */

/* It loses its pages, and is not counted. */
START_TEST(what_is_not_unmapped_is_purged)
{
	size_t before = os_held();
	char *memory = map(4 * MIB, MIB);

	refuse(CALL_MUNMAP, true);
	os_release(memory, 4 * MIB);
	ck_assert_uint_eq(os_held(), before);
	require_zero(memory, 4 * MIB);
}
END_TEST

/* hak_purge() gives back what had to be kept once. */
START_TEST(a_purge_tries_again)
{
	size_t before;

	hak_free(hak_malloc(1));
	before = mapped_now();
	refuse(CALL_MUNMAP, true);
	hak_free(hak_malloc(5 * MIB));
	hak_purge();
	ck_assert_uint_ge(mapped_now(), before + 5 * MIB);
	refuse(CALL_MUNMAP, false);
	hak_purge();
	ck_assert_uint_le(mapped_now(), before);
}
END_TEST

/*
 * At max_map_count for hours: what was purged is used again, and address space grows no
 * further than the cache has places.
 */
START_TEST(huge_blocks_without_munmap_do_not_add_up)
{
	uint64_t random = 4;
	size_t before;

	hak_free(hak_malloc(20 * MIB));
	before = mapped_now();
	refuse(CALL_MUNMAP, true);
	for (int i = 0; i < 300; i++) {
		size_t size = MIB + random_next(&random) % (20 * MIB);
		char *block = hak_calloc(1, size);

		require(block, "%zu bytes refused", size);
		require(block[0] == 0 && block[size / 2] == 0 && block[size - 1] == 0,
			"hak_calloc(1, %zu) is not zero", size);
		block[0] = block[size / 2] = block[size - 1] = 1;
		hak_free(block);
	}
	ck_assert_uint_le(mapped_now(), before + 1400 * MIB);
}
END_TEST

/* ---- moves and purges that are refused ---- */

START_TEST(refused_moves_cost_nothing)
{
	size_t before;

	hak_free(hak_malloc(1));
	before = mapped_now();
	refuse(CALL_MREMAP, true);
	for (int round = 0; round < 4; round++) {
		char *block = hak_malloc(2 * MIB);

		for (size_t size = 3 * MIB; size < 20 * MIB; size += 3 * MIB) {
			memset(block, round, 1000);
			block = hak_realloc(block, size);
			require(block && block[999] == round, "realloc to %zu", size);
		}
		hak_free(block);
	}
	hak_purge();
	/* A leaf of the registry that waits for the next move, and the one place
	 * that the first refusal may have unmapped. */
	ck_assert_uint_le(mapped_now(), before + 40 * MIB);
}
END_TEST

static void use_and_free(void **block, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		block[i] = hak_malloc(size);
		memset(block[i], 1, size);
	}
	for (size_t i = 0; i < count; i++)
		hak_free(block[i]);
}

static void use_for_a_while(void)
{
	static void *block[400];

	for (unsigned i = 0; i < 60; i++) {
		use_and_free(block, 40, 500 * KIB);
		use_and_free(block, 400, 10 * KIB);
	}
}

/* mlockall(): MADV_DONTNEED is refused.  It is not asked for again and again. */
START_TEST(refused_purges_are_not_repeated)
{
	uint64_t first;

	refuse(CALL_MADVISE, true);
	plan.seen[CALL_MADVISE] = 0;
	use_for_a_while();
	first = plan.seen[CALL_MADVISE];
	ck_assert_uint_ne(first, 0);
	use_for_a_while();
	ck_assert_uint_le(plan.seen[CALL_MADVISE] - first, first / 4);
}
END_TEST

/* ---- pages and addresses ---- */

#define LIVE 400

static char *live[LIVE];
static size_t live_size[LIVE];

static void require_low(const void *block)
{
	unsigned bits = kernel_bits() < 48 ? kernel_bits() : 48;

	require((uintptr_t)block >> bits == 0, "%p has more than %u bits", block,
		bits);
}

/* Every mechanism and alignment, a page and more among them. */
static void replace(size_t i, uint64_t *random)
{
	size_t size = 1 + random_size(random, 22);
	size_t alignment = (size_t)16 << random_next(random) % 10;
	bool resize = random_next(random) % 3 == 0;

	if (live[i])
		pattern_require(live[i], live_size[i], i);
	if (resize && live[i]) {
		live[i] = hak_realloc(live[i], size);
		size_t same = live_size[i] < size ? live_size[i] : size;

		require(live[i] && pattern_end(live[i], same & ~(size_t)7, i) ==
					   (same & ~(size_t)7),
			"realloc to %zu", size);
	} else {
		hak_free(live[i]);
		live[i] = hak_aligned_alloc(alignment, size);
		require(live[i] && is_aligned(live[i], alignment), "%zu at %zu", size,
			alignment);
	}
	require_low(live[i]);
	live_size[i] = size;
	pattern_fill(live[i], size, i);
}

START_TEST(everything_works_on_this_machine)
{
	uint64_t random = kernel_page() + kernel_bits();
	uint64_t ops = unit_ops(2500);

	for (uint64_t n = 0; n < ops; n++) {
		replace(random_next(&random) % LIVE, &random);
		if (n % 1000 == 999)
			hak_purge();
	}
	for (size_t i = 0; i < LIVE; i++) {
		if (live[i])
			pattern_require(live[i], live_size[i], i);
		hak_free(live[i]);
	}
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

/* The other way round: the machine is the one that was asked for. */
START_TEST(the_machine_is_another)
{
	char *memory = os_map(MIB, os_page_size());

	ck_assert_uint_eq(os_page_size(), kernel_page());
	require_low(memory);
	if (kernel_bits() < 47)
		ck_assert_uint_gt((uintptr_t)memory >> (kernel_bits() - 1), 0);
	ck_assert_int_eq(munmap(memory + 1, 4096), -1);
	ck_assert(kernel_page() == 4096 || kernel_munmap(memory + 4096, 4096) == -1);
}
END_TEST

/* Addresses beyond all that the library knows are nobody's blocks. */
START_TEST(high_addresses_are_foreign)
{
	hak_free(hak_malloc(1));
	for (unsigned bit = kernel_bits() - 1; bit < 64; bit++)
		ck_assert_int_eq(hak_owns((void *)((uintptr_t)1 << bit)), 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, what_is_not_unmapped_is_purged);
	tcase_add_test(t, a_purge_tries_again);
	tcase_add_test(t, huge_blocks_without_munmap_do_not_add_up);
	tcase_add_test(t, refused_moves_cost_nothing);
	tcase_add_test(t, refused_purges_are_not_repeated);
	tcase_add_test(t, everything_works_on_this_machine);
	tcase_add_test(t, the_machine_is_another);
	tcase_add_test(t, high_addresses_are_foreign);
}

/* What adds up here must not take the machine's memory. */
static void limit_memory(void)
{
	struct rlimit limit = {.rlim_cur = 4096 * MIB, .rlim_max = 4096 * MIB};

	if (!UNIT_SANITIZED)
		setrlimit(RLIMIT_AS, &limit);
}

/* Before main(), in a process of its own, the library has asked already. */
static bool run_as(const char *page, const char *bits)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		limit_memory();
		setenv("HAK_TEST_PAGE", page, 1);
		setenv("HAK_TEST_ADDRESS_BITS", bits, 1);
		execl("/proc/self/exe", "check_os", (char *)NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) == pid && status == 0)
		return true;
	printf("pages of %s bytes, addresses of %s bits: status 0x%x\n", page,
	       bits, (unsigned)status);
	return false;
}

int main(void)
{
	static const char *const machine[][2] = {
		{"4096", "47"},	 {"16384", "47"}, {"65536", "47"}, {"4096", "39"},
		{"65536", "39"}, {"4096", "57"},  {"65536", "57"},
	};
	bool done = true;

	if (getenv("HAK_TEST_PAGE"))
		return unit_run("os", fill);
	for (size_t i = 0; i < COUNT_OF(machine); i++) {
		/* AddressSanitizer closes all of the low addresses above 2 GiB. */
		if (UNIT_SANITIZED && strcmp(machine[i][1], "39") == 0)
			continue;
		done = run_as(machine[i][0], machine[i][1]) && done;
	}
	return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
