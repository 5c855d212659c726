/* SPDX-License-Identifier: MIT */
/* hak_stats() counts what happens, hak_stats_print() writes all of it. */
#include "unit.h"

#include <errno.h>
#include <pthread.h>

#include "api/report.h"
#include "options/options.h"
#include "size_class/size_class.h"

static const size_t sizes[] = {1, 100, 1024, 5000, 40000, 60000, MIB, 5 * MIB};

START_TEST(stats_follow_the_blocks)
{
	enum { BLOCKS = 1000, SIZE = 100 };
	void *blocks[BLOCKS];
	hak_stats_t before = stats_now(), during, after;
	size_t usable = 0;

	for (size_t i = 0; i < BLOCKS; i++) {
		blocks[i] = hak_malloc(SIZE);
		usable += hak_usable_size(blocks[i]);
	}
	during = stats_now();
	ck_assert_uint_ge(during.allocated - before.allocated, usable);
	ck_assert_uint_le(during.allocated - before.allocated, usable + BLOCKS);
	ck_assert_uint_ge(during.active, during.allocated);
	ck_assert_uint_ge(during.mapped, during.active);
	ck_assert_uint_gt(during.metadata, 0);
	ck_assert_uint_ge(during.heaps, during.heaps_live);
	ck_assert_uint_ge(during.heaps_live, 1);
	ck_assert_uint_gt(during.system_calls, 0);
	for (size_t i = 0; i < BLOCKS; i++)
		hak_free(blocks[i]);
	after = stats_now();
	ck_assert_uint_eq(after.allocated, before.allocated);
}
END_TEST

START_TEST(stats_follow_every_size)
{
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		uint64_t before = stats_now().allocated;
		void *block = hak_malloc(sizes[i]);
		uint64_t rise = stats_now().allocated - before;

		require(rise >= sizes[i] && rise <= 2 * sizes[i] + 65536,
			"a block of %zu counts as %llu", sizes[i],
			(unsigned long long)rise);
		hak_free(block);
		require(stats_now().allocated == before,
			"a freed block of %zu still counts", sizes[i]);
	}
}
END_TEST

START_TEST(stats_fill_what_the_caller_has)
{
	union {
		hak_stats_t stats;
		unsigned char bytes[sizeof(hak_stats_t) + 16];
	} out;
	size_t half = offsetof(hak_stats_t, retained);

	memset(&out, 0x5a, sizeof(out));
	ck_assert_int_eq(hak_stats(&out.stats, half), 0);
	ck_assert_uint_eq(out.stats.version, HAK_STATS_VERSION);
	ck_assert_uint_eq(out.stats.size, half);
	ck_assert_uint_eq(out.bytes[half], 0x5a);
	ck_assert_int_eq(hak_stats(&out.stats, sizeof(out)), 0);
	ck_assert_uint_eq(out.stats.size, sizeof(hak_stats_t));
	ck_assert_uint_eq(out.bytes[sizeof(hak_stats_t)], 0x5a);
	ck_assert_int_eq(hak_stats(NULL, sizeof(out)), EINVAL);
	ck_assert_int_eq(hak_stats(&out.stats, 7), EINVAL);
	ck_assert_int_eq(hak_stats(&out.stats, 8), 0);
}
END_TEST

/* An ended thread leaves slabs, which this one adopts. */
static void *leave_blocks(void *blocks)
{
	void **block = blocks;

	for (size_t i = 0; i < 3000; i++)
		block[i] = hak_malloc(i % 3000 + 1);
	for (size_t i = 0; i < 3000; i += 2)
		hak_free(block[i]);
	return NULL;
}

static uint64_t slabs_of_bins(const struct report *r)
{
	uint64_t slabs = 0;

	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		slabs += r->bin[bin].slabs;
	return slabs;
}

/* Slabs and batches by bin are those of the totals, through adoption and death. */
START_TEST(bins_add_up)
{
	static void *block[3000], *more[3000];
	pthread_t thread;
	struct report r;
	uint64_t refills = 0;

	hak_free(hak_malloc(1)); /* else this thread would take over that heap */
	pthread_create(&thread, NULL, leave_blocks, block);
	pthread_join(thread, NULL);
	leave_blocks(more);
	report_take(&r);
	ck_assert_uint_gt(r.counters.value[COUNTER_adoptions], 0);
	ck_assert_uint_gt(slabs_of_bins(&r), 10);
	ck_assert_uint_eq(slabs_of_bins(&r),
			  r.counters.value[COUNTER_slabs_mapped] -
				  r.counters.value[COUNTER_slabs_released]);
	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		refills += r.bin[bin].refills;
	ck_assert_uint_eq(refills, r.counters.value[COUNTER_refills]);
	for (size_t i = 1; i < COUNT_OF(block); i += 2) {
		hak_free(block[i]);
		hak_free(more[i]);
	}
	hak_thread_flush();
	hak_purge();
	report_take(&r);
	ck_assert_uint_eq(slabs_of_bins(&r),
			  r.counters.value[COUNTER_slabs_mapped] -
				  r.counters.value[COUNTER_slabs_released]);
}
END_TEST

/* HAKMEM_TINY_FAST_STATS: a block that was freed before is a hit, of its bin. */
START_TEST(hits_are_counted_by_bin)
{
	unsigned bin = size_class_octave(size_class_bin(100)), other = size_class_bin(1000);
	struct report r;

	option_values[OPTION_TINY_FAST_STATS] = 1;
	for (int i = 0; i < 100; i++)
		hak_free(hak_malloc(100));
	report_take(&r);
	ck_assert_uint_ge(r.bin[bin].hits, 90);
	ck_assert_uint_ge(r.bin[bin].refills, 100);
	ck_assert_uint_eq(r.bin[other].hits, 0);
}
END_TEST

struct text {
	size_t length;
	char text[16384];
};

static void gather(void *arg, const char *piece)
{
	struct text *t = arg;
	size_t length = strlen(piece);

	require(t->length + length < sizeof(t->text), "the text does not end");
	memcpy(t->text + t->length, piece, length + 1);
	t->length += length;
}

/* Of hak_stats_t; system_calls is printed by its kinds. */
static const char *const stats_fields[] = {
	"mapped",   "active",	"allocated", "retained",     "metadata",
	"purged",   "heaps",	"heaps_live", "refills",     "refilled",
	"flushes",  "drains",	"drained",   "remote_frees", "adoptions",
	"mmap",	    "munmap",	"mremap",    "madvise",
};

START_TEST(stats_print_names_every_field)
{
	struct text out = {0};

	ck_assert_int_eq(hak_stats_print(gather, &out, HAK_STATS_TEXT), 0);
	for (size_t i = 0; i < COUNT_OF(stats_fields); i++)
		require(strstr(out.text, stats_fields[i]), "no %s in: %s",
			stats_fields[i], out.text);
	ck_assert_int_eq(out.text[out.length - 1], '\n');
}
END_TEST

/* One flat or nested object: braces balance, quotes pair, fields are there. */
START_TEST(stats_print_makes_json)
{
	struct text out = {0};
	char quoted[64];
	int depth = 0, quotes = 0;

	ck_assert_int_eq(hak_stats_print(gather, &out, HAK_STATS_JSON), 0);
	for (size_t i = 0; i < COUNT_OF(stats_fields); i++) {
		snprintf(quoted, sizeof(quoted), "\"%s\":", stats_fields[i]);
		require(strstr(out.text, quoted), "no %s in: %s", quoted,
			out.text);
	}
	ck_assert_int_eq(out.text[0], '{');
	for (size_t i = 0; i < out.length; i++) {
		depth += (out.text[i] == '{') - (out.text[i] == '}');
		quotes += out.text[i] == '"';
	}
	ck_assert_int_eq(depth, 0);
	ck_assert_int_eq(quotes % 2, 0);
	ck_assert_ptr_null(strstr(out.text, ",}"));
}
END_TEST

/* The size of a bin is what its blocks hold, without the space between them. */
START_TEST(a_bin_has_the_usable_size)
{
	void *block = hak_malloc(8 * 1024);
	size_t usable = hak_usable_size(block);
	struct text out = {0};
	char member[32];

	snprintf(member, sizeof(member), "\"block\": %zu,", usable);
	hak_stats_print(gather, &out, HAK_STATS_JSON);
	require(strstr(out.text, member), "no %s in: %s", member, out.text);
	hak_free(block);
}
END_TEST

/* Units and shares, and a line for each size in use. */
START_TEST(text_has_units_and_shares)
{
	struct text out = {0};
	void *block[3] = {hak_malloc(3 * MIB), hak_malloc(3 * MIB), hak_malloc(100)};
	unsigned bin = size_class_octave(size_class_bin(100));
	const struct size_class *class = &size_class_table[bin];
	char *line, row[32], unit[4];
	double value, share;
	unsigned long long size, live;

	hak_stats_print(gather, &out, HAK_STATS_TEXT);
	line = strstr(out.text, "\n  huge ");
	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line, " huge %lf %3s %lf %%", &value, unit, &share), 3);
	ck_assert_str_eq(unit, "MiB");
	require(value > 5.9 && value < 8 && share > 90 && share <= 100, "%s", line);
	snprintf(row, sizeof(row), "\n  C%-2u %8u ", (unsigned)class->id,
		 (unsigned)class->usable);
	line = strstr(out.text, row);
	require(line && sscanf(line, " C%*u %llu %llu", &size, &live) == 2 && live == 1,
		"no line for the live block of 100 bytes in: %s", out.text);
	for (size_t i = 0; i < COUNT_OF(block); i++)
		hak_free(block[i]);
}
END_TEST

START_TEST(stats_print_without_callback_writes_to_stderr)
{
	char text[64];
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
	ck_assert_int_eq(hak_stats_print(NULL, NULL, HAK_STATS_TEXT), 0);
	ck_assert_int_gt(read(ends[0], text, sizeof(text)), 0);
	ck_assert_int_eq(hak_stats_print(NULL, NULL, 99), EINVAL);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, stats_follow_the_blocks);
	tcase_add_test(t, stats_follow_every_size);
	tcase_add_test(t, stats_fill_what_the_caller_has);
	tcase_add_test(t, bins_add_up);
	tcase_add_test(t, hits_are_counted_by_bin);
	tcase_add_test(t, stats_print_names_every_field);
	tcase_add_test(t, stats_print_makes_json);
	tcase_add_test(t, a_bin_has_the_usable_size);
	tcase_add_test(t, text_has_units_and_shares);
	tcase_add_test(t, stats_print_without_callback_writes_to_stderr);
}

int main(void)
{
	return unit_run("stats", fill);
}
