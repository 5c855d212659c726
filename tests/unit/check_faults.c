/* SPDX-License-Identifier: MIT */
/*
 * The system refuses: every mmap, munmap, mremap, madvise and mprotect of a
 * small program in turn, once or from then on.  Nothing may crash, what was handed
 * out stays intact, a request either works or is NULL with ENOMEM, and free() keeps errno.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <pthread.h>
#include <sys/wait.h>

#if UNIT_THREAD_SANITIZED

int main(void)
{
	puts("the calls that this test replaces are the sanitizer's own");
	return UNIT_SKIPPED;
}

#else

#include "kernel.h"

/* ---- the small program ---- */

#define BLOCKS 300

static void *blocks[BLOCKS];
static size_t sizes[BLOCKS];
static uint64_t refusals; /* requests that were NULL; fetch-and-add */

static void *expect_enomem(void *block)
{
	if (!block) {
		require(errno == ENOMEM, "NULL with errno %d", errno);
		__atomic_add_fetch(&refusals, 1, __ATOMIC_RELAXED);
	}
	errno = 0;
	return block;
}

/* All mechanisms, each a few times: up to 2 MiB. */
static size_t workload_size(size_t i)
{
	uint64_t random = i;
	size_t size = 1 + random_size(&random, 12);

	if (i % 10 == 0)
		size = 8000 + i * 90;
	if (i % 50 == 0)
		size = 900 * KIB + i * 3000;
	return size;
}

static void *request(size_t i, size_t size)
{
	if (i % 7 == 1)
		return hak_calloc(1, size);
	if (i % 7 == 2)
		return hak_aligned_alloc((size_t)32 << i % 13, size);
	return hak_malloc(size);
}

static void allocate(size_t i)
{
	size_t size = workload_size(i);
	void *block = expect_enomem(request(i, size));

	blocks[i] = block;
	sizes[i] = size;
	if (!block)
		return;
	require(i % 7 != 1 || zero_end(block, size) == size,
		"hak_calloc(1, %zu) is not zero throughout", size);
	pattern_fill(block, size, i);
}

static void resize(size_t i)
{
	size_t size = sizes[i] + sizes[i] / 2 + 1;
	void *block = expect_enomem(hak_realloc(blocks[i], size));

	if (!block)
		return;
	pattern_require(block, sizes[i], i);
	blocks[i] = block;
	sizes[i] = size;
	pattern_fill(block, size, i);
}

static void release(size_t i)
{
	if (blocks[i])
		pattern_require(blocks[i], sizes[i], i);
	errno = EILSEQ;
	hak_free(blocks[i]);
	require(errno == EILSEQ, "free() left errno %d", errno);
	blocks[i] = NULL;
}

static void *allocate_third(void *arg)
{
	for (size_t i = 2; i < BLOCKS; i += 3)
		allocate(i);
	return arg;
}

static void in_thread(void *(*work)(void *))
{
	pthread_t thread;

	require(pthread_create(&thread, NULL, work, NULL) == 0,
		"a thread was refused");
	pthread_join(thread, NULL);
}

static void run_workload(void)
{
	for (size_t i = 0; i < BLOCKS; i += 3)
		allocate(i);
	in_thread(allocate_third);
	for (size_t i = 1; i < BLOCKS; i += 3)
		allocate(i);
	for (size_t i = 0; i < BLOCKS; i += 2)
		if (blocks[i])
			resize(i);
	for (size_t i = 0; i < BLOCKS; i += 2)
		release(i);
	hak_purge();
	for (size_t i = 0; i < BLOCKS; i += 2)
		allocate(i);
	for (size_t i = 0; i < BLOCKS; i++)
		release(i);
	hak_purge();
}

/* When the system gives again, so does the library. */
static void require_recovery(void)
{
	plan.first = 0;
	refusals = 0;
	for (size_t i = 0; i < BLOCKS; i++)
		allocate(i);
	for (size_t i = 0; i < BLOCKS; i++)
		release(i);
	require(refusals == 0, "%llu requests fail although memory is there again",
		(unsigned long long)refusals);
}

/* ---- trials, each in a child of its own ---- */

/* What a child tells: shared with it, mapped past the counting above. */
struct report {
	uint64_t seen[CALL_COUNT];
	uint64_t refusals;
};

static struct report *shared_report(void)
{
	void *place = (void *)syscall(SYS_mmap, NULL, sizeof(struct report),
				      PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, (off_t)0);

	require(place != MAP_FAILED, "no shared page");
	return place;
}

static void trial_child(struct report *report)
{
	run_workload();
	memcpy(report->seen, plan.seen, sizeof(plan.seen));
	report->refusals = refusals;
	require_recovery();
	_exit(0);
}

static struct report trial(enum call kind, uint64_t first, uint64_t last)
{
	static struct report *shared;
	int status;
	pid_t pid;

	if (!shared)
		shared = shared_report();
	plan.kind = kind;
	plan.first = first;
	plan.last = last;
	pid = fork();
	if (pid == 0)
		trial_child(shared);
	require(waitpid(pid, &status, 0) == pid && status == 0,
		"refusing %s %llu to %llu ends the program with 0x%x",
		call_names[kind], (unsigned long long)first,
		(unsigned long long)last, (unsigned)status);
	return *shared;
}

static void check_calls(enum call kind)
{
	uint64_t calls = trial(kind, 0, 0).seen[kind];
	uint64_t step = UNIT_SANITIZED ? 1 + calls / 8 : 1;

	require(calls > 0, "the workload makes no %s", call_names[kind]);
	for (uint64_t k = 1; k <= calls; k += step) {
		trial(kind, k, k);
		trial(kind, k, UINT64_MAX);
	}
}

START_TEST(any_mmap_may_fail)
{
	check_calls(CALL_MMAP);
}
END_TEST

START_TEST(any_munmap_may_fail)
{
	check_calls(CALL_MUNMAP);
}
END_TEST

START_TEST(any_mremap_may_fail)
{
	check_calls(CALL_MREMAP);
}
END_TEST

START_TEST(any_madvise_may_fail)
{
	check_calls(CALL_MADVISE);
}
END_TEST

START_TEST(any_mprotect_may_fail)
{
	check_calls(CALL_MPROTECT);
}
END_TEST

/* The other way round: refusals are seen at all, and only with mmap. */
START_TEST(refusals_reach_the_program)
{
	ck_assert_uint_eq(trial(CALL_MMAP, 0, 0).refusals, 0);
	ck_assert_uint_gt(trial(CALL_MMAP, 1, UINT64_MAX).refusals, 0);
	ck_assert_uint_eq(trial(CALL_MADVISE, 1, UINT64_MAX).refusals, 0);
	ck_assert_uint_eq(trial(CALL_MREMAP, 1, UINT64_MAX).refusals, 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, refusals_reach_the_program);
	tcase_add_test(t, any_mmap_may_fail);
	tcase_add_test(t, any_munmap_may_fail);
	tcase_add_test(t, any_mremap_may_fail);
	tcase_add_test(t, any_madvise_may_fail);
	tcase_add_test(t, any_mprotect_may_fail);
}

int main(void)
{
	return unit_run("faults", fill);
}

#endif
