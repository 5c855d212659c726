/* SPDX-License-Identifier: MIT */
/*
 * fork() while other threads allocate at full rate: the child has one thread
 * and a heap that works, whatever the others were in the middle of.
 */
#include "unit.h"

#include <pthread.h>
#include <sys/wait.h>

#define THREADS 3
#define FORKS 100
#define KEPT 60
/* A child that hangs on a lock is ended by this many seconds. */
#define CHILD_SECONDS 60

/* Blocks that live before the fork: a row for main, one for each thread. */
static void *kept[THREADS + 1][KEPT];
/* Passed from hand to hand, so that remote frees are under way. */
static void *exchange[64];
static pthread_barrier_t kept_made;
static int stop; /* written once by main, atomic */

static size_t kept_size(size_t i)
{
	return 10 + i * i * 17; /* up to 60000: every mechanism but Huge */
}

static void make_kept(size_t row)
{
	for (size_t i = 0; i < KEPT; i++) {
		kept[row][i] = hak_malloc(kept_size(i));
		pattern_fill(kept[row][i], kept_size(i), row + i);
	}
}

/* bits: how large the blocks get.  Above 16 most are Large. */
static void pass_on(uint64_t *random, unsigned bits)
{
	size_t place = random_next(random) % COUNT_OF(exchange);
	size_t least = bits > 16 ? 60000 : 0;
	void *mine = hak_malloc(least + random_size(random, bits));

	hak_free(__atomic_exchange_n(&exchange[place], mine, __ATOMIC_ACQ_REL));
}

/* In handlers that run when all our locks are held. */
static void allocate_in_handler(void)
{
	uint64_t random = 3;

	for (int i = 0; i < 50; i++)
		hak_free(hak_malloc(random_size(&random, 18)));
}

/* Before the library's constructor, which registers its own handlers. */
__attribute__((constructor(101))) static void register_before_ours(void)
{
	pthread_atfork(allocate_in_handler, allocate_in_handler,
		       allocate_in_handler);
}

static void *work(void *arg)
{
	size_t row = (size_t)(uintptr_t)arg;
	uint64_t random = row;

	make_kept(row);
	pthread_barrier_wait(&kept_made);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (int i = 0; i < 100; i++)
			pass_on(&random, row == THREADS ? 18 : 14);
		hak_free(hak_malloc(3 * MIB));
		hak_thread_flush();
	}
	return NULL;
}

static bool free_kept(void)
{
	for (size_t row = 0; row <= THREADS; row++)
		for (size_t i = 0; i < KEPT; i++) {
			if (pattern_end(kept[row][i], kept_size(i), row + i) !=
			    kept_size(i))
				return false;
			hak_free(kept[row][i]);
		}
	return true;
}

static bool allocate_much(void)
{
	uint64_t random = 9;

	make_kept(0);
	for (size_t i = 0; i < KEPT; i++)
		hak_free(kept[0][i]);
	for (int i = 0; i < 300; i++) {
		size_t size = random_size(&random, 17);
		void *block = hak_calloc(1, size);

		if (!block || zero_end(block, size) != size)
			return false;
		hak_free(block);
	}
	hak_purge();
	return stats_now().heaps_live == 1;
}

static void *allocate_in_thread(void *arg)
{
	for (size_t i = 0; i < 1000; i++)
		hak_free(hak_malloc(i * 10));
	return arg;
}

/* Sanitizers forbid threads in the child of a process that had several. */
static bool start_thread(void)
{
	pthread_t thread;

	if (UNIT_SANITIZED)
		return true;
	return pthread_create(&thread, NULL, allocate_in_thread, NULL) == 0 &&
	       pthread_join(thread, NULL) == 0;
}

/* The numbers tell in the parent's message what failed. */
static int child(void)
{
	alarm(CHILD_SECONDS);
	if (!free_kept())
		return 1;
	if (!allocate_much())
		return 2;
	if (!start_thread())
		return 3;
	return 0;
}

static void fork_once(void)
{
	int status;
	pid_t pid = fork();

	require(pid >= 0, "fork() failed");
	if (pid == 0)
		_exit(child());
	require(waitpid(pid, &status, 0) == pid, "waitpid() failed");
	require(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"the child ended with wait status 0x%x "
		"(signal 14: it hung; 1: lost contents; 2: allocation; 3: thread)",
		(unsigned)status);
}

static void end_threads(pthread_t *threads)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < COUNT_OF(exchange); i++)
		hak_free(exchange[i]);
}

static void start_threads(pthread_t *threads)
{
	pthread_barrier_init(&kept_made, NULL, THREADS + 1);
	for (size_t i = 0; i < THREADS; i++)
		require(pthread_create(&threads[i], NULL, work,
				       (void *)(uintptr_t)(i + 1)) == 0,
			"a thread was refused");
	make_kept(0);
	pthread_barrier_wait(&kept_made);
}

START_TEST(a_child_of_many_threads_works)
{
	pthread_t threads[THREADS];

	start_threads(threads);
	for (int i = 0; i < FORKS; i++)
		fork_once();
	end_threads(threads);
	ck_assert(free_kept());
	hak_purge();
	ck_assert_uint_eq(stats_now().allocated, 0);
}
END_TEST

static void *fork_here(void *arg)
{
	uint64_t random = 77;

	for (int i = 0; i < 20; i++) {
		pass_on(&random, 17);
		fork_once();
	}
	return arg;
}

/* The thread that forks is the one that lives on, not the first one. */
START_TEST(any_thread_may_fork)
{
	pthread_t threads[THREADS], forker;

	start_threads(threads);
	ck_assert_int_eq(pthread_create(&forker, NULL, fork_here, NULL), 0);
	pthread_join(forker, NULL);
	end_threads(threads);
}
END_TEST

/* fork() may come first of all, or again in the child. */
START_TEST(children_may_fork_again)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		make_kept(0);
		pid = fork();
		if (pid == 0)
			_exit(pattern_end(kept[0][5], kept_size(5), 5) !=
			      kept_size(5));
		if (waitpid(pid, &status, 0) != pid)
			_exit(1);
		_exit(WEXITSTATUS(status));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, a_child_of_many_threads_works);
	tcase_add_test(t, any_thread_may_fork);
	tcase_add_test(t, children_may_fork_again);
}

int main(void)
{
	return unit_run("fork", fill);
}
