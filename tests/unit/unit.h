/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests share: running a suite, one kind of check, and facts
 * about the process.
 *
 * A unit test links the static core, not the interposition: its own malloc,
 * and that of Check, stays libc's.  Each test runs in a forked child.
 */
#ifndef HAK_TESTS_UNIT_H
#define HAK_TESTS_UNIT_H

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../blocks.h"
#include "hakmem.h"

#if defined(__has_feature)
#define UNIT_HAS_FEATURE(name) __has_feature(name)
#else
#define UNIT_HAS_FEATURE(name) 0
#endif

/* ThreadSanitizer must see each mapping that is made. */
#if defined(__SANITIZE_THREAD__) || UNIT_HAS_FEATURE(thread_sanitizer)
#define UNIT_THREAD_SANITIZED 1
#else
#define UNIT_THREAD_SANITIZED 0
#endif

/* A sanitizer's own memory makes the resident size say nothing about ours. */
#if UNIT_THREAD_SANITIZED || defined(__SANITIZE_ADDRESS__) || \
	UNIT_HAS_FEATURE(address_sanitizer)
#define UNIT_SANITIZED 1
#else
#define UNIT_SANITIZED 0
#endif

/* The exit status of a test that Automake counts as skipped. */
#define UNIT_SKIPPED 77

/* Seconds after which a test hangs rather than works. */
#define UNIT_TIMEOUT 300

/*
 * ck_assert() without its record of every success: those cost more than the
 * allocations that are tested.  Also for threads other than the first.
 */
#define require(condition, ...)                  \
	do {                                     \
		if (!(condition))                \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

/* Runs the one case of a program; the result is main()'s. */
static inline int unit_run(const char *name, void (*fill)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner;
	int failed;

	fill(tcase);
	tcase_set_timeout(tcase, UNIT_TIMEOUT);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A number from the environment, or `otherwise`. */
static inline uint64_t unit_setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

/* How many operations a long test makes: HAK_TEST_OPS, or what fits. */
static inline uint64_t unit_ops(uint64_t usual)
{
	return unit_setting("HAK_TEST_OPS",
			    UNIT_SANITIZED ? usual / 20 : usual);
}

/* Hides a size from the compiler, which would warn about an absurd one. */
static inline size_t opaque_size(size_t size)
{
	__asm__ volatile("" : "+r"(size));
	return size;
}

static inline void pattern_require(const void *block, size_t size,
				   uint64_t seed)
{
	size_t end = pattern_end(block, size, seed);

	require(end == size, "block %p of %zu bytes changed near byte %zu",
		block, size, end);
}

/* The statistics now. */
static inline hak_stats_t stats_now(void)
{
	hak_stats_t stats;

	require(hak_stats(&stats, sizeof(stats)) == 0, "hak_stats() failed");
	return stats;
}

/* How often the system had to find this process a page. */
static inline long page_faults(void)
{
	struct rusage usage;

	ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_minflt;
}

/* Bytes of this process that are in memory; makes no allocation. */
static inline size_t resident_bytes(void)
{
	char text[128] = "";
	char *second;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, text, sizeof(text) - 1);

	close(fd);
	require(length > 0, "/proc/self/statm cannot be read");
	strtoul(text, &second, 10);
	return strtoul(second, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

#endif /* HAK_TESTS_UNIT_H */
