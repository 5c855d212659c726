/* SPDX-License-Identifier: MIT */
/* Statistics of hakmem-bench against known data, and its parsers. */
#include "bench/common.h"
#include "tools/hakmem-bench/row.h"
#include "tools/hakmem-bench/run.h"
#include "tools/hakmem-bench/statistics.h"
#include "tools/hakmem-bench/variant.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- parsers ------------------------------------------------------------------ */

static double member(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

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

	tcase_add_test(t, medians_and_quantiles);
	tcase_add_test(t, an_exact_ratio_has_no_width);
	tcase_add_test(t, an_interval_holds_the_median);
	tcase_add_test(t, an_interval_covers_the_truth);
	tcase_add_test(t, a_line_is_parsed);
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
