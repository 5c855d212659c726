/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests share: running a suite, one kind of check, block
 * patterns, random numbers, and facts about the process.
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
#include <unistd.h>

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

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

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

/* splitmix64: any state will do, also 0. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A size below 2^bits, every power of two equally likely. */
static inline size_t random_size(uint64_t *state, unsigned bits)
{
	uint64_t number = random_next(state);
	unsigned width = (unsigned)(number % (bits + 1));

	return (size_t)(number >> 8) & (((size_t)1 << width) - 1);
}

/* The word of a pattern that covers the bytes from 8 * i on. */
static inline uint64_t pattern_word(uint64_t seed, size_t i)
{
	uint64_t word = (seed * 0x94d049bb133111ebu + i) * 0x9e3779b97f4a7c15u;

	return word ^ (word >> 32);
}

static inline void pattern_fill(void *block, size_t size, uint64_t seed)
{
	unsigned char *bytes = block;
	size_t i = 0;
	uint64_t word;

	for (; i + sizeof(word) <= size; i += sizeof(word)) {
		word = pattern_word(seed, i / sizeof(word));
		memcpy(bytes + i, &word, sizeof(word));
	}
	word = pattern_word(seed, i / sizeof(word));
	memcpy(bytes + i, &word, size - i);
}

/* Where the first word stands that is not the pattern's, or `size`. */
static inline size_t pattern_end(const void *block, size_t size, uint64_t seed)
{
	const unsigned char *bytes = block;
	size_t i = 0;
	uint64_t word;

	for (; i + sizeof(word) <= size; i += sizeof(word)) {
		word = pattern_word(seed, i / sizeof(word));
		if (memcmp(bytes + i, &word, sizeof(word)) != 0)
			return i;
	}
	word = pattern_word(seed, i / sizeof(word));
	return memcmp(bytes + i, &word, size - i) == 0 ? size : i;
}

static inline void pattern_require(const void *block, size_t size,
				   uint64_t seed)
{
	size_t end = pattern_end(block, size, seed);

	require(end == size, "block %p of %zu bytes changed near byte %zu",
		block, size, end);
}

/* Where the first byte stands that is not zero, or `size`. */
static inline size_t zero_end(const void *block, size_t size)
{
	static const unsigned char zeros[256];
	const unsigned char *bytes = block;
	size_t i = 0;

	while (size - i >= sizeof(zeros) &&
	       memcmp(bytes + i, zeros, sizeof(zeros)) == 0)
		i += sizeof(zeros);
	while (i < size && bytes[i] == 0)
		i++;
	return i;
}

/* What hak_malloc(size) owes: 16, but for true 8-byte blocks. */
static inline size_t least_alignment(size_t size)
{
#ifdef HAK_C0_8B
	if (size <= 8)
		return 8;
#endif
	(void)size;
	return 16;
}

static inline bool is_aligned(const void *block, size_t alignment)
{
	return ((uintptr_t)block & (alignment - 1)) == 0;
}

/* The statistics now. */
static inline hak_stats_t stats_now(void)
{
	hak_stats_t stats;

	require(hak_stats(&stats, sizeof(stats)) == 0, "hak_stats() failed");
	return stats;
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
