/* SPDX-License-Identifier: MIT */
/* One slab: what is carved, taken and put back adds up, or the process ends. */
#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>

#include "arena/arena.h"
#include "nextptr/tiny_nextptr.h"
#include "os/hak_os_map_boundary.h"
#include "os/os_functions.h"
#include "registry/page_registry.h"
#include "size_class/header.h"
#include "superslab/slab_pages.h"

#define CAPACITY_MAX (GRANULE_SIZE / 8)

static void *blocks[CAPACITY_MAX];

static struct slab *open_slab(unsigned bin)
{
	struct slab *slab = arena_take(size_class_table[bin].granules, 1);

	require(slab, "no run for bin %u", bin);
	slab_open(slab, bin, &blocks);
	registry_set_word(slab->base, slab->granules, word_of(2, bin));
	return slab;
}

static unsigned free_count(const struct slab *slab)
{
	unsigned count = (unsigned)__builtin_popcountll(slab->free_bits);

	for (void *b = slab->free; b; b = tiny_next_load(b))
		count++;
	return count;
}

/* The equations of superslab.h. */
static void require_sums(const struct slab *slab)
{
	const struct size_class *c = &size_class_table[slab->bin];

	require(slab->used + free_count(slab) == slab->carved - c->first,
		"bin %u: %u used, %u free, %u carved", slab->bin, slab->used,
		free_count(slab), slab->carved);
	require(slab->carved <= c->capacity, "bin %u: %u carved of %u", slab->bin,
		slab->carved, c->capacity);
	require(slab_has_room(slab) == (slab->used < (unsigned)(c->capacity - c->first)),
		"bin %u: room", slab->bin);
}

static void mark(const struct slab *slab, size_t i)
{
	require(slab_of(blocks[i]) == slab, "the slab of %p", blocks[i]);
	require(slab_is_block(slab, blocks[i]), "%p is no block", blocks[i]);
	require(!slab_is_block(slab, (char *)blocks[i] + 1), "%p + 1 is a block",
		blocks[i]);
	pattern_fill(blocks[i], size_class_table[slab->bin].usable, i);
}

typedef unsigned fetch(struct slab *slab, void **end, unsigned want);

/* slab_take() or slab_carve(): the first block that it gives stands at out[0]. */
static unsigned fetched(fetch *from, struct slab *slab, void **out, unsigned want)
{
	static void *slots[CAPACITY_MAX];
	unsigned got = from(slab, slots + CAPACITY_MAX, want);

	for (unsigned i = 0; i < got; i++)
		out[i] = slots[CAPACITY_MAX - 1 - i];
	return got;
}

static void put_address(struct slab *slab, void *address)
{
	require(slab_put(slab, &address, 1) == 1, "%p is not in its slab", address);
}

static void put(struct slab *slab, size_t i)
{
	pattern_require(blocks[i], size_class_table[slab->bin].usable, i);
	put_address(slab, blocks[i]);
}

/* In steps of 7, to the last block, and back in another order. */
static void check_bin(unsigned bin)
{
	const struct size_class *c = &size_class_table[bin];
	struct slab *slab = open_slab(bin);
	unsigned count = 0, got;

	while ((got = fetched(slab_carve, slab, blocks + count, 7)) != 0) {
		for (unsigned i = count; i < count + got; i++)
			mark(slab, i);
		count += got;
		require_sums(slab);
	}
	require(count == (unsigned)(c->capacity - c->first), "%u of %u blocks", count,
		c->capacity);
	for (size_t i = 0; i < count; i += 2)
		put(slab, i);
	require_sums(slab);
	for (size_t i = 1; i < count; i += 2)
		put(slab, i);
	require_sums(slab);
	require(slab->used == 0, "%u used", slab->used);
	require(fetched(slab_take, slab, blocks, CAPACITY_MAX) == count, "blocks are lost");
	require_sums(slab);
}

START_TEST(every_bin_adds_up)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		check_bin(bin);
}
END_TEST

/* ---- free pages ---- */

#define SURVIVES(i, n) ((i) % (n) == (n) / 2)

/* Its free pages go; returns the bytes. */
static size_t purge_free(struct slab *slab)
{
	bool lost;
	size_t done = slab_purge(slab, slab_hide_pages(slab), &lost);

	require(!lost, "bin %u: a page is lost", slab->bin);
	return done;
}

/* All but one block in `n` come back; the pages between them are purged. */
static struct slab *thinned_slab(unsigned bin, unsigned n, unsigned *count)
{
	struct slab *slab = open_slab(bin);
	size_t about, done;

	*count = fetched(slab_carve, slab, blocks, CAPACITY_MAX);
	for (size_t i = 0; i < *count; i++)
		pattern_fill(blocks[i], size_class_table[bin].usable, i);
	for (size_t i = 0; i < *count; i++)
		if (!SURVIVES(i, n))
			put_address(slab, blocks[i]);
	about = slab_free_pages(slab);
	done = purge_free(slab);
	require(done + os_page_size() >= about / 2 || about < slab_touched(slab) / 8, "bin %u, 1 of %u: %zu bytes went back, not %zu", bin, n,
		done, about);
	return slab;
}

/* Each free block comes out once, and none that survives. */
static void require_taken_once(struct slab *slab, unsigned count, unsigned n)
{
	static void *taken[CAPACITY_MAX];
	static bool seen[CAPACITY_MAX];
	size_t size = size_class_table[slab->bin].block;
	unsigned total = 0, got;

	memset(seen, 0, sizeof(seen));
	while ((got = fetched(slab_take, slab, taken, 5)) != 0)
		for (; got != 0; got--, total++) {
			size_t i = (size_t)((char *)taken[got - 1] - (char *)blocks[0]) /
				   size;

			require(i < count && blocks[i] == taken[got - 1] && !seen[i] &&
					!SURVIVES(i, n),
				"bin %u: block %zu comes out again", slab->bin, i);
			require(header_intact(blocks[i], slab->bin),
				"bin %u: block %zu has no header", slab->bin, i);
			seen[i] = true;
			memset(taken[got - 1], 0xee, size_class_table[slab->bin].usable);
		}
	require(slab->used == count, "bin %u: %u blocks came out, %u are used of %u",
		slab->bin, total, slab->used, count);
	require(slab->purged == 0 && !slab_has_room(slab), "bin %u: pages are still hidden",
		slab->bin);
}

static void check_thinned(unsigned bin, unsigned n)
{
	unsigned count;
	struct slab *slab = thinned_slab(bin, n, &count);

	purge_free(slab);
	require_taken_once(slab, count, n);
	for (size_t i = n / 2; i < count; i += n) {
		pattern_require(blocks[i], size_class_table[bin].usable, i);
		require(header_intact(blocks[i], bin), "bin %u: block %zu lost its header",
			bin, i);
	}
}

START_TEST(blocks_on_purged_pages_come_back_once)
{
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		for (unsigned n = 3; n < 2000; n *= 5)
			check_thinned(bin, n);
}
END_TEST

START_TEST(a_slab_half_carved_is_thinned)
{
	struct slab *slab = open_slab(size_class_bin(200));
	unsigned count = fetched(slab_carve, slab, blocks, 200), more;

	for (size_t i = 1; i < count; i++)
		put_address(slab, blocks[i]);
	require(slab_hide_pages(slab) != 0 || os_page_size() == GRANULE_SIZE, "no free page");
	more = fetched(slab_carve, slab, blocks + count, CAPACITY_MAX);
	for (size_t i = count; i < count + more; i++)
		pattern_fill(blocks[i], 200, i);
	ck_assert_uint_eq(fetched(slab_take, slab, blocks + 1, CAPACITY_MAX), count - 1);
	for (size_t i = 1; i < count; i++)
		memset(blocks[i], 0xee, 200);
	for (size_t i = count; i < count + more; i++)
		pattern_require(blocks[i], 200, i);
}
END_TEST

/* The mapping of this page, as /proc/self/maps has it. */
static size_t mapping_of(const char *page)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uintptr_t begin = 0, end = 0;
	char line[512];

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps) &&
	       (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &begin, &end) != 2 ||
		end <= (uintptr_t)page))
		;
	fclose(maps);
	ck_assert(begin <= (uintptr_t)page && (uintptr_t)page < end);
	return end - begin;
}

/* Strict accounting knows no mappings without reserve. */
static bool overcommit_is_strict(void)
{
	FILE *file = fopen("/proc/sys/vm/overcommit_memory", "re");
	int mode = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	return mode == '2';
}

/* Nothing else keeps the kernel from filling purged pages with a huge page. */
START_TEST(a_page_of_a_thinned_superslab_stands_apart)
{
	unsigned count;
	struct slab *slab = thinned_slab(size_class_bin(5000), 1000, &count);
	struct superslab *ss = registry_unit(slab->base);

	ck_assert_uint_eq(ss->splits, 1);
	if (!overcommit_is_strict())
		ck_assert_uint_eq(mapping_of(slab->base), os_page_size());
	purge_free(slab);
	ck_assert_uint_eq(ss->splits, 1);
}
END_TEST

static int purges_left;

static int purge_a_few(void *address, size_t size, int advice)
{
	if (purges_left-- > 0)
		return madvise(address, size, advice);
	errno = EAGAIN;
	return -1;
}

static void *map_nothing(void *place, size_t size, int protection, int flags, int fd,
			 off_t offset)
{
	(void)place, (void)size, (void)protection, (void)flags, (void)fd, (void)offset;
	errno = ENOMEM;
	return MAP_FAILED;
}

/* Its state is for the holder of the heap's lock, which slab_purge() runs without. */
START_TEST(a_page_that_is_not_mapped_again_is_told)
{
	struct slab *slab = open_slab(size_class_bin(5000));
	unsigned count = fetched(slab_carve, slab, blocks, CAPACITY_MAX);
	struct os_functions usual = os_functions;
	bool lost = false;

	for (size_t i = 1; i < count; i++)
		put_address(slab, blocks[i]);
	slab->state = SLAB_PURGING;
	purges_left = 1;
	os_functions.madvise = purge_a_few;
	os_functions.mmap = map_nothing;
	slab_purge(slab, slab_hide_pages(slab), &lost);
	os_functions = usual;
	require(lost, "nothing is lost");
	ck_assert_int_eq(slab->state, SLAB_PURGING);
}
END_TEST

static void put_hidden(unsigned bin)
{
	unsigned count;
	struct slab *slab = thinned_slab(bin, 1000, &count);

	put_address(slab, blocks[0]);
}

START_TEST(putting_a_block_of_a_purged_page_aborts)
{
	put_hidden(size_class_bin(64));
}
END_TEST

START_TEST(putting_a_large_block_of_a_purged_page_aborts)
{
	put_hidden(size_class_bin(5000));
}
END_TEST

/* ---- what must not be ---- */

static struct slab *slab_with_block(void)
{
	struct slab *slab = open_slab(size_class_bin(200));

	ck_assert_uint_eq(fetched(slab_carve, slab, blocks, 1), 1);
	return slab;
}

START_TEST(putting_ends_where_the_slab_ends)
{
	struct slab *slab = slab_with_block();
	void *mixed[] = {blocks[0], slab->base + slab->granules * GRANULE_SIZE};

	ck_assert_uint_eq(slab_put(slab, mixed, 2), 1);
	mixed[1] = slab->base - 16;
	ck_assert_uint_eq(slab_put(slab, mixed + 1, 1), 0);
	require_sums(slab);
}
END_TEST

START_TEST(putting_a_part_of_a_block_aborts)
{
	struct slab *slab = slab_with_block();

	put_address(slab, (char *)blocks[0] + 16);
}
END_TEST

START_TEST(putting_what_was_never_carved_aborts)
{
	struct slab *slab = slab_with_block();

	put_address(slab,
		    (char *)blocks[0] + 2 * size_class_table[slab->bin].block);
}
END_TEST

START_TEST(putting_more_than_was_taken_aborts)
{
	struct slab *slab = slab_with_block();

	put_address(slab, blocks[0]);
	put_address(slab, blocks[0]);
}
END_TEST

/* A descriptor that was overwritten must not lead out of the slab. */
START_TEST(carving_beyond_the_slab_aborts)
{
	struct slab *slab = open_slab(BIN_COUNT - 1);

	slab->granules = 1;
	fetched(slab_carve, slab, blocks, size_class_table[slab->bin].capacity);
}
END_TEST

/* What a program writes to a freed block is no link. */
START_TEST(an_overwritten_link_ends_the_process)
{
	static uint64_t block[2], other[2];

	secret_start();
	tiny_next_store(block, other);
	require(tiny_next_load(block) == other, "the link is lost");
	require(block[0] != (uintptr_t)other, "the link can be read");
	block[0] = (uintptr_t)other;
	tiny_next_load(block);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, every_bin_adds_up);
	tcase_add_test(t, blocks_on_purged_pages_come_back_once);
	tcase_add_test(t, a_slab_half_carved_is_thinned);
	tcase_add_test(t, a_page_of_a_thinned_superslab_stands_apart);
	tcase_add_test(t, a_page_that_is_not_mapped_again_is_told);
	if (os_page_size() < GRANULE_SIZE) /* a smaller slab has none of its own */
		tcase_add_test_raise_signal(t, putting_a_block_of_a_purged_page_aborts,
					    SIGABRT);
	tcase_add_test_raise_signal(t, putting_a_large_block_of_a_purged_page_aborts,
				    SIGABRT);
	tcase_add_test(t, putting_ends_where_the_slab_ends);
	tcase_add_test_raise_signal(t, putting_a_part_of_a_block_aborts, SIGABRT);
	tcase_add_test_raise_signal(t, putting_what_was_never_carved_aborts,
				    SIGABRT);
	tcase_add_test_raise_signal(t, putting_more_than_was_taken_aborts, SIGABRT);
	tcase_add_test_raise_signal(t, carving_beyond_the_slab_aborts, SIGABRT);
	tcase_add_test_raise_signal(t, an_overwritten_link_ends_the_process, SIGABRT);
}

int main(void)
{
	return unit_run("superslab", fill);
}
