/* SPDX-License-Identifier: MIT */
/*
 * Hardened mode from inside: what is random is, what waits waits, what was freed
 * is zero, and what the system refuses is done without.  That errors are caught
 * is tests/preload/misuse.sh.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/chacha.h"
#include "hardened/hardened.h"
#include "hardened/slots.h"
#include "hardened/table.h"
#include "os/os_functions.h"

static int refuse_mprotect(void *address, size_t size, int protection)
{
	(void)address;
	(void)size;
	(void)protection;
	errno = ENOMEM;
	return -1;
}

/* Before the first block of this process, which each test has of its own. */
static void harden(void)
{
	setenv("HAKMEM_HARDENED", "1", 1);
	hak_free(hak_malloc(1));
	require(hardened_mode == HARDENED_ON, "the mode is not on");
}

/* ---- random numbers ---- */

/* The first words of the key stream of a key of zeros, by its designer. */
START_TEST(chacha_is_chacha8)
{
	static const uint32_t key[CHACHA_KEY_WORDS];
	static const unsigned char expected[] = {
		0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6,
		0x7f, 0x5b, 0xb8, 0xe8, 0x1f, 0x09, 0xa5, 0xa1,
		0x2c, 0x84, 0x0e, 0xc3, 0xce, 0x9a, 0x7f, 0x3b,
		0x18, 0x1b, 0xe1, 0x88, 0xef, 0x71, 0x1a, 0x1e,
	};
	uint32_t out[CHACHA_FOUR], other[CHACHA_FOUR];

	chacha_four(key, 0, 0, out);
	for (unsigned i = 0; i < COUNT_OF(expected); i++)
		require((out[i / 4 * 4] >> i % 4 * 8 & 0xff) == expected[i],
			"word %u of the key stream is %08x", i / 4, out[i / 4 * 4]);
	chacha_four(key, 1, 0, other);
	require(memcmp(out, other, sizeof(out)) != 0, "stream 1 is stream 0");
}
END_TEST

/* Across the carry of the position's lower half, too. */
START_TEST(four_blocks_are_four_times_one)
{
	static const uint32_t key[CHACHA_KEY_WORDS] = {1, 2, 3, 4, 5, 6, 7, 8};
	static const uint64_t positions[] = {0, 5, UINT32_MAX - 1, UINT64_MAX - 1};
	uint32_t four[CHACHA_FOUR], next[CHACHA_FOUR];

	for (size_t p = 0; p < COUNT_OF(positions); p++) {
		chacha_four(key, 0x123456789a, positions[p], four);
		for (unsigned block = 1; block < 4; block++) {
			chacha_four(key, 0x123456789a, positions[p] + block, next);
			for (unsigned i = 0; i < CHACHA_WORDS; i++)
				require(four[4 * i + block] == next[4 * i] &&
						next[4 * i] != four[4 * i],
					"word %u of block %u differs", i, block);
		}
	}
}
END_TEST

/* ---- slots ---- */

START_TEST(places_are_random)
{
	unsigned up = 0;
	char *last = NULL;

	harden();
	for (unsigned i = 0; i < 1000; i++) {
		char *block = hak_malloc(100);

		up += block > last;
		last = block;
	}
	/* In order it would be 0 or 1000; half of it by chance. */
	require(up > 300 && up < 700, "%u of 1000 blocks lie behind the one before",
		up);
}
END_TEST

START_TEST(a_freed_block_waits)
{
	char *block;
	unsigned rounds = 0;

	harden();
	block = hak_malloc(100);
	hak_free(block);
	for (char *next = NULL; next != block && rounds < 1000000; rounds++) {
		hak_free(next);
		next = hak_malloc(100);
	}
	require(rounds > 50, "a freed block comes back after %u others", rounds);
	require(rounds < 1000000, "a freed block never comes back");
}
END_TEST

START_TEST(every_size_is_exact_and_zero)
{
	harden();
	for (int round = 0; round < 3; round++)
		for (size_t size = 1; size <= 4000; size += 1 + size / 9) {
			unsigned char *block = hak_malloc(size);

			require(hak_usable_size(block) == size, "%zu bytes are %zu",
				size, hak_usable_size(block));
			require(zero_end(block, size) == size,
				"a block of %zu bytes is not zero", size);
			require(is_aligned(block, 16), "%p is not aligned",
				(void *)block);
			memset(block, 0xff, size);
			hak_free(block);
		}
}
END_TEST

/* In a child: of blocks side by side one is written at an offset, then freed. */
static bool survives(size_t size, ptrdiff_t offset)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		char *blocks[300];

		close(STDERR_FILENO);
		for (unsigned i = 0; i < 300; i++)
			blocks[i] = hak_malloc(size);
		for (unsigned i = 0; i < 300; i += 3)
			hak_free(blocks[i]);
		blocks[100][offset] ^= 1;
		hak_free(blocks[100]);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status);
}

/* The canary ends with the slot, before its last word, or in it. */
START_TEST(both_ends_are_looked_at_at_every_size)
{
	harden();
	for (size_t size = 1; size < 9000; size += size < 100 ? 1 : size) {
		require(survives(size, 0), "%zu bytes are not free to use", size);
		for (ptrdiff_t i = 0; i < 8; i += 7) {
			require(!survives(size, (ptrdiff_t)size + i),
				"byte %td behind %zu may be written", i, size);
			require(!survives(size, -1 - i), "byte %td before %zu too", i,
				size);
		}
	}
}
END_TEST

/* Above 7 KiB the canary comes first to a place, then the block to it. */
START_TEST(both_ends_of_large_blocks_are_looked_at)
{
	harden();
	for (size_t size = 7150; size <= 53248; size += size % 512 == 0 ? 1 : 199) {
		require(survives(size, 0), "%zu bytes are not free to use", size);
		require(survives(size, (ptrdiff_t)size - 1), "nor is the last of %zu",
			size);
		require(!survives(size, (ptrdiff_t)size), "%zu bytes may be exceeded",
			size);
		require(!survives(size, -1), "%zu bytes may be underrun", size);
	}
}
END_TEST

/* Aligned ones do not move in their slots, and share them with others. */
START_TEST(aligned_blocks_stand_beside_others)
{
	enum { COUNT = 500 };
	char *blocks[COUNT] = {0};
	uint64_t random = 3;

	harden();
	for (int i = 0; i < 100 * COUNT; i++) {
		char **block = &blocks[random_next(&random) % COUNT];
		size_t alignment = (size_t)16 << random_next(&random) % 4;
		size_t size = 7000 + random_next(&random) % 10000;

		hak_free(*block);
		*block = hak_aligned_alloc(alignment, size);
		require(is_aligned(*block, alignment), "%p is not aligned to %zu",
			(void *)*block, alignment);
		require(zero_end(*block, 128) == 128,
			"%zu bytes show what stood there", size);
		memset(*block, 0xff, size);
	}
	for (int i = 0; i < COUNT; i++)
		hak_free(blocks[i]);
}
END_TEST

/* Some of them are the first of their span, with nobody before them. */
START_TEST(aligned_blocks_are_not_underrun)
{
	char *blocks[200];
	int status;

	harden();
	for (size_t i = 0; i < COUNT_OF(blocks); i++)
		blocks[i] = hak_aligned_alloc(64, 9000);
	for (size_t i = 0; i < COUNT_OF(blocks); i++) {
		pid_t child = fork();

		if (child == 0) {
			close(STDERR_FILENO);
			blocks[i][-1] ^= 1;
			hak_free(blocks[i]);
			_exit(0);
		}
		waitpid(child, &status, 0);
		/* A sanitizer makes an exit status of what a guard page says. */
		require(status != 0, "block %zu at %p may be underrun", i,
			(void *)blocks[i]);
	}
}
END_TEST

/* The block after it in its slot stands elsewhere. */
START_TEST(a_write_to_a_freed_large_block_is_seen)
{
	char *block;

	harden();
	block = hak_malloc(9000);
	hak_free(block);
	block[5] = 1;
	for (size_t i = 0; i < 10000; i++)
		hak_free(hak_malloc(8300 + i % 7000));
}
END_TEST

START_TEST(a_block_of_the_largest_size_has_a_slot)
{
	char *block;

	harden();
	require(slots_bin(SLOTS_MAX, 1) != NO_BIN, "%zu bytes have no bin", SLOTS_MAX);
	require(slots_bin(SLOTS_MAX + 1, 1) == NO_BIN, "one more has one");
	block = hak_malloc(SLOTS_MAX);
	memset(block, 1, SLOTS_MAX);
	require(hak_usable_size(block) == SLOTS_MAX, "it has %zu bytes",
		hak_usable_size(block));
	hak_free(block);
}
END_TEST

START_TEST(calloc_is_zero_at_every_size)
{
	uint64_t random = 5;

	harden();
	for (int i = 0; i < 20000; i++) {
		size_t size = random_size(&random, 17);
		unsigned char *block = hak_malloc(size);

		memset(block, 0xff, size);
		hak_free(block);
		block = hak_calloc(1, size);
		require(zero_end(block, size) == size, "%zu bytes are not zero", size);
		hak_free(block);
	}
}
END_TEST

START_TEST(realloc_keeps_and_uncovers_nothing)
{
	uint64_t random = 7;
	size_t size = 1;
	unsigned char *block;

	harden();
	block = hak_calloc(1, size);
	for (uint64_t i = 0; i < 3000; i++) {
		size_t next = random_size(&random, i % 2 ? 12 : 18) + 1;
		size_t common = size < next ? size : next;

		pattern_fill(block, size, i);
		block = hak_realloc(block, next);
		pattern_require(block, common / 8 * 8, i);
		/* What a small block gains reads as zero. */
		require(next > 4000 || zero_end(block + common, next - common) ==
					       next - common,
			"realloc from %zu to %zu uncovers old bytes", size, next);
		size = next;
	}
	hak_free(block);
}
END_TEST

START_TEST(empty_spans_give_their_pages_back)
{
	static char *blocks[100000];
	size_t full, empty;

	harden();
	for (size_t i = 0; i < COUNT_OF(blocks); i++)
		memset(blocks[i] = hak_malloc(400), 1, 400);
	full = resident_bytes();
	for (size_t i = 0; i < COUNT_OF(blocks); i++)
		hak_free(blocks[i]);
	require(hak_purge() > 0, "nothing is given back");
	empty = resident_bytes();
	require(empty + 30 * MIB < full, "%zu bytes of %zu stay", empty, full);
	require(stats_now().allocated == 0, "%" PRIu64 " bytes are allocated",
		(uint64_t)stats_now().allocated);
}
END_TEST

/* ---- mappings ---- */

START_TEST(the_table_finds_all)
{
	static char places[20000][32];
	size_t left = 0;

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		struct mapping m = {.block = places[i], .size = i};

		require(table_reserve(), "no memory");
		table_add(&m);
	}
	for (size_t i = 0; i < COUNT_OF(places); i += 2)
		table_remove(table_find(places[i]));
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		const struct mapping *m = table_find(places[i]);

		require(!m == (i % 2 == 0), "place %zu is wrongly known", i);
		require(!m || m->size == i, "place %zu is that of %zu", i, m->size);
		left += m != NULL;
	}
	require(left == COUNT_OF(places) / 2, "%zu are left", left);
}
END_TEST

/* What may be wiped whole is, though its canary stands on another page. */
START_TEST(a_freed_page_is_zero)
{
	unsigned char *block;

	harden();
	block = hak_malloc(4096);
	memset(block, 0xff, 4096);
	hak_free(block);
	require(zero_end(block, 4096) == 4096, "a freed page is not zero");
}
END_TEST

START_TEST(blocks_of_nothing_are_blocks)
{
	static char *blocks[10000];

	harden();
	for (size_t i = 0; i < COUNT_OF(blocks); i++) {
		blocks[i] = i % 2 ? hak_malloc(0) : hak_calloc(0, 8);
		require(is_aligned(blocks[i], 16), "%p is not aligned", (void *)blocks[i]);
		require(hak_usable_size(blocks[i]) == 0, "it has %zu bytes",
			hak_usable_size(blocks[i]));
		require(hak_owns(blocks[i]), "it is not ours");
		for (size_t j = i - i % 8; j < i; j++)
			require(blocks[j] != blocks[i], "handed out twice");
	}
	hak_purge();
	for (size_t i = 0; i < COUNT_OF(blocks); i++) {
		blocks[i] = hak_realloc(blocks[i], i % 3);
		if (i % 3)
			blocks[i][i % 3 - 1] = 1;
		hak_free(blocks[i]);
	}
	hak_purge();
	hak_free(hak_aligned_alloc(64, 0));
}
END_TEST

START_TEST(a_block_of_nothing_is_closed)
{
	volatile char *block;

	harden();
	block = hak_malloc(opaque_size(0));
	*block = 1;
}
END_TEST

START_TEST(a_block_of_nothing_is_freed_once)
{
	char *block;

	harden();
	block = hak_malloc(0);
	hak_free(block);
	hak_free(block);
}
END_TEST

START_TEST(a_block_of_pages_begins_at_a_closed_page)
{
	volatile char *block;

	harden();
	block = hak_malloc(65536);
	block[-opaque_size(4096)] = 1;
}
END_TEST

START_TEST(a_large_block_has_canaries_before_it)
{
	volatile char *block;

	harden();
	block = hak_malloc(100000);
	block[-opaque_size(60)] ^= 1; /* another value than the canary's */
	hak_free((void *)(uintptr_t)block);
}
END_TEST

START_TEST(a_large_block_ends_at_a_closed_page)
{
	volatile char *block;

	harden();
	block = hak_malloc(100000);
	block[opaque_size(100000)] = 1;
}
END_TEST

START_TEST(a_freed_large_block_is_closed)
{
	volatile char *block;

	harden();
	block = hak_malloc(100000);
	block[5] = 1;
	hak_free((void *)(uintptr_t)block);
	block[5] = 2;
}
END_TEST

START_TEST(the_end_of_a_slab_is_closed)
{
	volatile char *block;

	harden();
	block = hak_malloc(100);
	block = (volatile char *)(((uintptr_t)block | (GRANULE_SIZE - 1)));
	*block = 1;
}
END_TEST

/* ---- what the system refuses ---- */

START_TEST(without_mprotect_it_says_no_memory)
{
	struct os_functions usual = os_functions;

	setenv("HAKMEM_HARDENED", "1", 1);
	os_functions.mprotect = refuse_mprotect;
	/* A mapping can be open from the start; a slab is made to be opened. */
	require(hak_malloc(100000), "a mapping needs no mprotect");
	errno = 0;
	require(!hak_malloc(10) && errno == ENOMEM, "errno is %d", errno);
	os_functions = usual;
	require(hak_malloc(10), "it does not recover");
}
END_TEST

#define BLOCKS 40000

/* More mappings than the share of guards: they go on without. */
START_TEST(guards_are_a_share_of_the_mappings)
{
	static char *blocks[BLOCKS];

	harden();
	for (size_t i = 0; i < BLOCKS; i++) {
		blocks[i] = hak_malloc(60000);
		require(blocks[i], "block %zu is refused", i);
	}
	require(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
			MAP_FAILED,
		"nothing is left for the program");
	for (size_t i = 0; i < BLOCKS; i++)
		hak_free(blocks[i]);
}
END_TEST

/* ---- threads ---- */

static void *first_allocation(void *arg)
{
	pthread_barrier_wait(arg);
	for (size_t i = 0; i < 2000; i++) {
		unsigned char *block = hak_malloc(i % 300);

		memset(block, 1, i % 300);
		hak_free(block);
	}
	return NULL;
}

/* Whoever comes first starts the mode, once. */
START_TEST(many_threads_start_it_once)
{
	pthread_t threads[32];
	pthread_barrier_t barrier;

	setenv("HAKMEM_HARDENED", "1", 1);
	pthread_barrier_init(&barrier, NULL, COUNT_OF(threads));
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		require(pthread_create(&threads[i], NULL, first_allocation,
				       &barrier) == 0, "a thread was refused");
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	require(stats_now().allocated == 0, "blocks were lost");
}
END_TEST

/* All of them are there at once, each time: the number of lockers is not left to chance. */
static void *allocate_some(void *all)
{
	void *blocks[4];

	pthread_barrier_wait(all);
	for (size_t size = 100; size < 50000; size *= 2) {
		for (size_t i = 0; i < COUNT_OF(blocks); i++)
			blocks[i] = hak_malloc(size);
		for (size_t i = 0; i < COUNT_OF(blocks); i++)
			hak_free(blocks[i]);
	}
	pthread_barrier_wait(all);
	return NULL;
}

static void run_threads(void *(*work)(void *), size_t count)
{
	pthread_barrier_t all;
	pthread_t threads[64];

	require(count <= COUNT_OF(threads), "too many");
	pthread_barrier_init(&all, NULL, (unsigned)count);
	for (size_t i = 0; i < count; i++)
		require(pthread_create(&threads[i], NULL, work, &all) == 0,
			"a thread was refused");
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&all);
}

/* After one of ten rounds: where slots lie is chance, so one alone tells little. */
static size_t least_resident(size_t count)
{
	size_t least = SIZE_MAX;

	for (int i = 0; i < 10; i++) {
		run_threads(allocate_some, count);
		hak_purge();
		least = min_size(least, resident_bytes());
	}
	return least;
}

/*
 * What a thread has in store is given back when it ends, and its locker reused.  The
 * first rounds fill the delays of all bins, whose slots lie a little elsewhere each time.
 */
START_TEST(threads_that_end_leave_nothing)
{
	size_t before, after;

	if (getenv("HAK_TEST_EMULATOR")) /* its own memory for threads is resident, too */
		return;
	harden();
	least_resident(64);
	before = least_resident(64);
	after = least_resident(64);
	require(after < before + 2 * MIB, "64 threads at once: %zu bytes became %zu",
		before, after);
	before = after;
	for (int i = 0; i < 990; i++)
		run_threads(allocate_some, 1);
	after = least_resident(1);
	require(after < before + 2 * MIB, "1000 threads in turn: %zu bytes became %zu",
		before, after);
	require(stats_now().allocated == 0, "blocks were lost");
}
END_TEST

#define ROUNDS 100000u
static void *twice;   /* written by the first, before `round` */
static unsigned round_now, round_done;

/* Spins, so as to be quick; but there may be one processor. */
static void wait_for(const unsigned *word, unsigned value)
{
	for (unsigned i = 1; __atomic_load_n(word, __ATOMIC_ACQUIRE) != value; i++)
		if (i % 1024 == 0)
			sched_yield();
}

static void *free_too(void *arg)
{
	for (unsigned i = 1; i <= ROUNDS; i++) {
		wait_for(&round_now, i);
		hak_free(twice);
		__atomic_store_n(&round_done, i, __ATOMIC_RELEASE);
	}
	return arg;
}

/* However close they come: one of the two frees it. */
START_TEST(two_threads_free_a_block_once)
{
	pthread_t thread;
	uint64_t before;

	setenv("HAKMEM_BAD_FREE", "ignore", 1);
	harden();
	for (int i = 0; i < 1000; i++)
		require(hak_malloc(10000), "no memory");
	before = stats_now().allocated;
	require(pthread_create(&thread, NULL, free_too, NULL) == 0,
		"a thread was refused");
	for (unsigned i = 1; i <= ROUNDS; i++) {
		twice = hak_malloc(100);
		__atomic_store_n(&round_now, i, __ATOMIC_RELEASE);
		for (volatile unsigned turn = 0; turn < i % 256; turn++)
			; /* until the other one is about there */
		hak_free(twice);
		wait_for(&round_done, i);
	}
	pthread_join(thread, NULL);
	require(stats_now().allocated == before, "%" PRIu64 " bytes are %" PRIu64,
		before, (uint64_t)stats_now().allocated);
}
END_TEST

static void *shared[64]; /* swapped */

static void *swap_blocks(void *arg)
{
	for (size_t i = 0; i < 500000; i++) {
		size_t size = 20 + i % 4;
		char *block = hak_malloc(size);

		memset(block, 0xff, size);
		block = hak_realloc(block, 24);
		hak_free(__atomic_exchange_n(&shared[i % COUNT_OF(shared)], block,
					     __ATOMIC_ACQ_REL));
	}
	return arg;
}

/* A neighbour that another thread frees or gets meanwhile is no finding. */
START_TEST(neighbours_change_hands)
{
	harden();
	run_threads(swap_blocks, 3);
	for (size_t i = 0; i < COUNT_OF(shared); i++)
		hak_free(shared[i]);
	require(stats_now().allocated == 0, "blocks were lost");
}
END_TEST

static void fill(TCase *tcase)
{
	tcase_add_test(tcase, chacha_is_chacha8);
	tcase_add_test(tcase, four_blocks_are_four_times_one);
	tcase_add_test(tcase, places_are_random);
	tcase_add_test(tcase, a_freed_block_waits);
	tcase_add_test(tcase, every_size_is_exact_and_zero);
	tcase_add_test(tcase, both_ends_are_looked_at_at_every_size);
	tcase_add_test(tcase, both_ends_of_large_blocks_are_looked_at);
	tcase_add_test(tcase, aligned_blocks_stand_beside_others);
	tcase_add_test(tcase, aligned_blocks_are_not_underrun);
	/* Where only 7 KiB have slots it is closed at once. */
	tcase_add_test_raise_signal(tcase, a_write_to_a_freed_large_block_is_seen,
				    SLOTS_MAX > 9000 ? SIGABRT : SIGSEGV);
	tcase_add_test(tcase, a_block_of_the_largest_size_has_a_slot);
	tcase_add_test(tcase, calloc_is_zero_at_every_size);
	tcase_add_test(tcase, realloc_keeps_and_uncovers_nothing);
	if (!UNIT_SANITIZED)
		tcase_add_test(tcase, empty_spans_give_their_pages_back);
	tcase_add_test(tcase, the_table_finds_all);
	tcase_add_test(tcase, a_freed_page_is_zero);
	tcase_add_test(tcase, blocks_of_nothing_are_blocks);
	tcase_add_test_raise_signal(tcase, a_block_of_nothing_is_freed_once, SIGABRT);
	tcase_add_test_raise_signal(tcase, a_large_block_has_canaries_before_it,
				    SIGABRT);
	if (!UNIT_SANITIZED) { /* a sanitizer has its own end for these */
		tcase_add_test_raise_signal(tcase, a_large_block_ends_at_a_closed_page,
					    SIGSEGV);
		tcase_add_test_raise_signal(tcase, a_freed_large_block_is_closed,
					    SIGSEGV);
		tcase_add_test_raise_signal(tcase, a_block_of_nothing_is_closed,
					    SIGSEGV);
		tcase_add_test_raise_signal(
			tcase, a_block_of_pages_begins_at_a_closed_page, SIGSEGV);
		tcase_add_test_raise_signal(tcase, the_end_of_a_slab_is_closed,
					    SIGSEGV);
		tcase_add_test(tcase, without_mprotect_it_says_no_memory);
		tcase_add_test(tcase, guards_are_a_share_of_the_mappings);
	}
	tcase_add_test(tcase, many_threads_start_it_once);
	if (!UNIT_SANITIZED)
		tcase_add_test(tcase, threads_that_end_leave_nothing);
	tcase_add_test(tcase, two_threads_free_a_block_once);
	tcase_add_test(tcase, neighbours_change_hands);
}

int main(void)
{
	return unit_run("hardened", fill);
}
