/* SPDX-License-Identifier: MIT */
/* Statistics of hakmem-bench against known data, and its parsers. */
#include "bench/common.h"
#include "bench/latency.h"
#include "tools/hakmem-bench/row.h"
#include "tools/hakmem-bench/run.h"
#include "tools/hakmem-bench/statistics.h"
#include "tools/hakmem-bench/summary.h"
#include "tools/hakmem-bench/variant.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double member(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

/* ---- statistics ------------------------------------------------------------ */

START_TEST(medians_and_quantiles)
{
	const double odd[] = {9, 1, 5}, even[] = {4, 1, 3, 2};
	const double ten[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};

	ck_assert_double_eq(median(odd, 3), 5);
	ck_assert_double_eq(median(even, 4), 2.5);
	ck_assert_double_eq(median(odd, 1), 9);
	/* As R's type 7 and NumPy's default. */
	ck_assert_double_eq_tol(quantile(ten, 10, 0.25), 3.25, 1e-12);
	ck_assert_double_eq_tol(quantile(ten, 10, 0.9), 9.1, 1e-12);
	ck_assert_double_eq(quantile(ten, 10, 0), 1);
	ck_assert_double_eq(quantile(ten, 10, 1), 10);
	ck_assert_double_eq_tol(spread(ten, 10), 4.5 / 5.5, 1e-12);
	ck_assert_double_eq(spread(odd, 1), 0);
}
END_TEST

START_TEST(an_exact_ratio_has_no_width)
{
	const double below[] = {1, 2, 4, 8}, above[] = {3, 6, 12, 24};
	struct interval ratio = paired_ratio(above, below, 4);

	ck_assert_double_eq(ratio.estimate, 3);
	ck_assert_double_eq(ratio.low, 3);
	ck_assert_double_eq(ratio.high, 3);
}
END_TEST

/* The interval of a median lies within the data, around it, and is the same
 * every time. */
START_TEST(an_interval_holds_the_median)
{
	const double below[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
	const double above[] = {1.3, 0.9, 1.0, 1.1, 1.2, 1.05, 0.95, 1.15, 1.25};
	struct interval a = paired_ratio(above, below, 9);
	struct interval b = paired_ratio(above, below, 9);

	ck_assert_double_eq(a.estimate, 1.1);
	ck_assert_double_ge(a.low, 0.9);
	ck_assert_double_lt(a.low, 1.1);
	ck_assert_double_gt(a.high, 1.1);
	ck_assert_double_le(a.high, 1.3);
	ck_assert_double_eq(a.low, b.low);
	ck_assert_double_eq(a.high, b.high);
}
END_TEST

/* In how many of 400 samples of normal data is the true median in the interval? */
START_TEST(an_interval_covers_the_truth)
{
	uint64_t random = random_start(7, 0);
	double below[15], above[15];
	unsigned covered = 0;

	for (unsigned i = 0; i < 400; i++) {
		struct interval ratio;

		for (unsigned j = 0; j < 15; j++) {
			below[j] = 1;
			above[j] = 2;
			for (unsigned k = 0; k < 12; k++) /* their sum is normal */
				above[j] += (double)random_high(random_next(&random),
								1000) / 1e4 - 0.04995;
		}
		ratio = paired_ratio(above, below, 15);
		covered += ratio.low <= 2 && ratio.high >= 2;
	}
	ck_assert_uint_ge(covered, 360);
}
END_TEST

/* ---- all rows ---------------------------------------------------------------- */

/* Two rounds of a cell: speeds, and times to them. */
static json_t *cell_with(const char *variant, double mops, int peak)
{
	return json_pack("{s:s, s:[{s:f, s:f, s:i, s:i}, {s:f, s:f, s:i}]}",
			 "variant", variant, "runs", "mops", mops, "ns_per_op",
			 1000 / mops, "rss_peak_kb", peak, "p99_ns", 7, "mops",
			 mops, "ns_per_op", 1000 / mops, "rss_peak_kb", peak);
}

static json_t *row_with(bool single, json_t *a, json_t *b)
{
	json_t *row = json_pack("{s:b, s:[o, o]}", "single_thread", single,
				"cells", a, b);

	summarize_cells(json_object_get(row, "cells"), AGAINST_BEST, "ns_per_op");
	return row;
}

START_TEST(cells_are_beside_the_best)
{
	json_t *row = row_with(true, cell_with("a", 10, 100), cell_with("b", 40, 300));
	const json_t *a = json_array_get(json_object_get(row, "cells"), 0);
	const json_t *b = json_array_get(json_object_get(row, "cells"), 1);

	ck_assert_double_eq(member(a, "ratio"), 4);
	ck_assert_double_eq(member(a, "ratio_high"), 4);
	ck_assert_double_eq(member(b, "ratio"), 1);
	ck_assert_double_eq(member(a, "median_mops"), 10);
	ck_assert_double_eq(member(a, "median_rss_peak_kb"), 100);
	ck_assert_double_eq(member(a, "median_p99_ns"), 7);
	ck_assert_ptr_null(json_object_get(a, "median_p999_ns"));
	json_decref(row);
}
END_TEST

/* Three rounds of two cells: the times of an op. */
static json_t *three_rounds(const char *field, const int *a, const int *b)
{
	return json_pack(
		"[{s:s, s:[{s:i}, {s:i}, {s:i}]}, {s:s, s:[{s:i}, {s:i}, {s:i}]}]",
		"variant", "a", "runs", field, a[0], field, a[1], field, a[2],
		"variant", "b", "runs", field, b[0], field, b[1], field, b[2]);
}

static bool is_best(const json_t *cells, size_t cell)
{
	return json_is_true(json_object_get(json_array_get(cells, cell), "best"));
}

/*
 * a is the fastest in two rounds of three; its median is not the highest.  But b was
 * faster once, so the interval contains 1, and neither is called the fastest.
 */
START_TEST(the_best_is_found_round_by_round)
{
	json_t *cells = three_rounds("ns_per_op", (int[]){30, 10, 25},
				     (int[]){40, 20, 12});

	summarize_cells(cells, AGAINST_BEST, "ns_per_op");
	ck_assert_double_eq(member(json_array_get(cells, 0), "ratio"), 1);
	ck_assert_double_eq_tol(member(json_array_get(cells, 1), "ratio"), 4 / 3., 1e-9);
	ck_assert_double_lt(member(json_array_get(cells, 1), "ratio_low"), 1);
	ck_assert(!is_best(cells, 0) && !is_best(cells, 1));
	json_decref(cells);
}
END_TEST

START_TEST(the_best_stands_out)
{
	json_t *cells = three_rounds("ns_per_op", (int[]){40, 20, 30},
				     (int[]){30, 10, 25});

	summarize_cells(cells, AGAINST_FIRST, "ns_per_op");
	ck_assert_double_eq_tol(member(json_array_get(cells, 1), "ratio"), 0.75, 1e-9);
	ck_assert(!is_best(cells, 0) && is_best(cells, 1));
	json_decref(cells);
}
END_TEST

START_TEST(one_round_tells_nothing)
{
	json_t *cells = json_pack("[{s:s, s:[{s:i}]}, {s:s, s:[{s:i}]}]", "variant", "a",
				  "runs", "ns_per_op", 1, "variant", "b", "runs",
				  "ns_per_op", 2);

	summarize_cells(cells, AGAINST_BEST, "ns_per_op");
	ck_assert_double_eq(member(json_array_get(cells, 1), "ratio"), 2);
	ck_assert(!is_best(cells, 0) && !is_best(cells, 1));
	json_decref(cells);
}
END_TEST

START_TEST(one_thread_is_measured_by_cpu_time)
{
	json_t *with = three_rounds("cpu_ns_per_op", (int[]){3, 1, 2}, (int[]){4, 2, 3});
	json_t *without = three_rounds("ns_per_op", (int[]){3, 1, 2}, (int[]){4, 2, 3});

	ck_assert_str_eq(time_field(with, true), "cpu_ns_per_op");
	ck_assert_str_eq(time_field(with, false), "ns_per_op");
	ck_assert_str_eq(time_field(without, true), "ns_per_op");
	json_decref(with);
	json_decref(without);
}
END_TEST

/* Ratios of a: 4 and 1; of b: 1, 9 in vain, because it failed there. */
START_TEST(means_are_geometric)
{
	json_t *broken = cell_with("b", 1, 1);
	json_t *rows, *summary;
	const json_t *a, *b;

	json_object_set_new(broken, "failed", json_string("it crashed"));
	rows = json_pack("[o, o, o]",
			 row_with(true, cell_with("a", 10, 200), cell_with("b", 40, 100)),
			 row_with(false, cell_with("a", 10, 100), cell_with("b", 10, 800)),
			 row_with(false, cell_with("a", 9, 100), broken));
	summary = summary_of_rows(rows);
	a = json_array_get(summary, 0);
	b = json_array_get(summary, 1);
	ck_assert_str_eq(json_string_value(json_object_get(b, "variant")), "b");
	ck_assert_double_eq_tol(member(a, "time"), 1.5874010519682, 1e-9);
	ck_assert_double_eq(member(a, "time_rows"), 3);
	ck_assert_double_eq_tol(member(a, "single_thread_time"), 4, 1e-9);
	ck_assert_double_eq(member(a, "single_thread_rows"), 1);
	ck_assert_double_eq_tol(member(a, "peak"), 1.2599210498949, 1e-9);
	ck_assert_double_eq_tol(member(b, "time"), 1, 1e-9);
	ck_assert_double_eq(member(b, "time_rows"), 2);
	ck_assert_double_eq_tol(member(b, "peak"), 2.8284271247462, 1e-9);
	json_decref(rows);
	json_decref(summary);
}
END_TEST

/* ---- single calls --------------------------------------------------------------- */

/* 1 to 10000, once each, in an order of no order. */
START_TEST(percentiles_of_known_latencies)
{
	char text[256] = "x";
	unsigned long timed, p50, p90, p99, p999, longest;

	latency_print(text, sizeof text);
	ck_assert_str_eq(text, "");
	for (unsigned i = 0; i < 10000; i++)
		latency_note(i * 7919 % 10000 + 1);
	latency_print(text, sizeof text);
	ck_assert_int_eq(sscanf(text, " timed=%lu p50_ns=%lu p90_ns=%lu p99_ns=%lu "
				"p999_ns=%lu max_ns=%lu", &timed, &p50, &p90, &p99,
				&p999, &longest), 6);
	ck_assert_uint_eq(timed, 10000);
	ck_assert_double_eq_tol((double)p50, 5000, 5000 / 64.);
	ck_assert_double_eq_tol((double)p90, 9000, 9000 / 64.);
	ck_assert_double_eq_tol((double)p99, 9900, 9900 / 64.);
	ck_assert_double_eq_tol((double)p999, 9990, 9990 / 64.);
	ck_assert_uint_eq(longest, 10000);
}
END_TEST

/* Small ones exactly; no percentile without a value above it. */
START_TEST(few_latencies_have_few_percentiles)
{
	char text[256];

	for (unsigned i = 1; i <= 40; i++)
		latency_note(i == 40 ? UINT64_MAX : i);
	latency_print(text, sizeof text);
	ck_assert_str_eq(text, " timed=40 p50_ns=21 p90_ns=37 "
			       "max_ns=18446744073709551615");
}
END_TEST

/* ---- parsers ------------------------------------------------------------------ */

START_TEST(a_line_is_parsed)
{
	json_t *run = run_parse("name=pair ops=10 seconds=0.5 series=1,2.5,3 "
				"program=/bin/true malloc_owner=/a b/libc.so.6\n");
	const json_t *series = json_object_get(run, "series");

	ck_assert_double_eq(member(run, "ops"), 10);
	ck_assert_double_eq(member(run, "seconds"), 0.5);
	ck_assert_uint_eq(json_array_size(series), 3);
	ck_assert_double_eq(json_number_value(json_array_get(series, 1)), 2.5);
	ck_assert_str_eq(json_string_value(json_object_get(run, "program")),
			 "/bin/true");
	ck_assert_str_eq(json_string_value(json_object_get(run, "malloc_owner")),
			 "/a b/libc.so.6");
	json_decref(run);
}
END_TEST

START_TEST(what_is_no_line_is_refused)
{
	ck_assert_ptr_null(run_parse(""));
	ck_assert_ptr_null(run_parse("name=pair ops=10"));
	ck_assert_ptr_null(run_parse("ops=10 malloc_owner=/libc.so.6"));
}
END_TEST

static bool is_void(const char *line, const struct variant *v, const char *why)
{
	json_t *run = run_parse(line);
	char *said = run_void(run, v);
	bool same = why ? said && strstr(said, why) : !said;

	json_decref(run);
	free(said);
	return same;
}

START_TEST(some_numbers_do_not_count)
{
	const struct variant v = {.label = (char *)"x", .preload = (char *)"x.so"};

	ck_assert(is_void("name=pair cpu_seconds=0.1 malloc_owner=/a/x.so", &v, NULL));
	ck_assert(is_void("name=pair cpu_seconds=0.000 malloc_owner=/a/x.so", &v,
			  "used no CPU time"));
	ck_assert(is_void("name=pair malloc_owner=/a/x.so", &v, "used no CPU time"));
	ck_assert(is_void("name=pair cpu_seconds=1 malloc_owner=/a/y.so", &v,
			  "malloc was that of /a/y.so"));
	ck_assert(is_void("pair: half a li", &v, "printed no result"));
}
END_TEST

START_TEST(a_row_is_parsed)
{
	struct row r = row_parse("pool-tls:threads=4,SEED=9");
	json_t *params = row_params(&r);

	ck_assert_str_eq(r.workload->name, "pool-tls");
	ck_assert_double_eq(member(params, "THREADS"), 4);
	ck_assert_double_eq(member(params, "SEED"), 9);
	ck_assert_double_eq(member(params, "SLOTS"), 256);
	ck_assert(!r.length_given);
	ck_assert(row_set_named(&r, "ops", "77"));
	ck_assert(r.length_given);
	ck_assert(!row_set_named(&r, "nosuch", "1"));
	ck_assert(row_set_named(&r, "working-set", "5"));
	ck_assert_uint_eq(r.request.values[2], 5);
	ck_assert(!row_is_single_thread(&r));
	ck_assert(row_set_named(&r, "threads", "1"));
	ck_assert(row_is_single_thread(&r));
	json_decref(params);
	row_free(&r);
}
END_TEST

START_TEST(numbers_have_bounds)
{
	struct param p = {"N", 2, 10, 3};
	uint64_t value;
	char why[64];

	ck_assert(param_read(&p, "2", &value, why, sizeof why));
	ck_assert_uint_eq(value, 2);
	ck_assert(param_read(&p, "10", &value, why, sizeof why));
	ck_assert(!param_read(&p, "1", &value, why, sizeof why));
	ck_assert(!param_read(&p, "11", &value, why, sizeof why));
	ck_assert(!param_read(&p, "", &value, why, sizeof why));
	ck_assert(!param_read(&p, "+3", &value, why, sizeof why));
	ck_assert(!param_read(&p, "3x", &value, why, sizeof why));
	ck_assert(!param_read(&p, "99999999999999999999999", &value, why,
			      sizeof why));
}
END_TEST

START_TEST(owners_are_told_apart)
{
	struct variants v = {NULL, 0};

	variants_add_list(&v, "system,jemalloc");
	ck_assert_uint_eq(v.count, 2);
	ck_assert(variant_owns(&v.list[0], "/lib/x86_64-linux-gnu/libc.so.6"));
	ck_assert(!variant_owns(&v.list[0], "/usr/lib/libjemalloc.so.2"));
	ck_assert(variant_owns(&v.list[1], "/usr/lib/libjemalloc.so.2"));
	ck_assert(!variant_owns(&v.list[1], "/usr/lib/libjemalloc.so.20"));
	ck_assert(!variant_owns(&v.list[1], "/lib/x86_64-linux-gnu/libc.so.6"));
	variants_free(&v);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hakmem-bench");
	TCase *t = tcase_create("hakmem-bench");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(t, 300); /* for a machine that is busy */
	tcase_add_test(t, medians_and_quantiles);
	tcase_add_test(t, an_exact_ratio_has_no_width);
	tcase_add_test(t, an_interval_holds_the_median);
	tcase_add_test(t, an_interval_covers_the_truth);
	tcase_add_test(t, cells_are_beside_the_best);
	tcase_add_test(t, the_best_is_found_round_by_round);
	tcase_add_test(t, the_best_stands_out);
	tcase_add_test(t, one_round_tells_nothing);
	tcase_add_test(t, one_thread_is_measured_by_cpu_time);
	tcase_add_test(t, means_are_geometric);
	tcase_add_test(t, percentiles_of_known_latencies);
	tcase_add_test(t, few_latencies_have_few_percentiles);
	tcase_add_test(t, a_line_is_parsed);
	tcase_add_test(t, some_numbers_do_not_count);
	tcase_add_test(t, what_is_no_line_is_refused);
	tcase_add_test(t, a_row_is_parsed);
	tcase_add_test(t, numbers_have_bounds);
	tcase_add_test(t, owners_are_told_apart);
	suite_add_tcase(suite, t);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
