/* SPDX-License-Identifier: MIT */
/* Floor 0: bits against the obvious way to do it, the lock, the message. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>

#include "base/bits.h"
#include "base/die.h"
#include "base/lock.h"
#include "base/message.h"

static bool is_run(uint32_t mask, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++)
		if (i >= 32 || (mask >> i & 1) == 0)
			return false;
	return true;
}

static void check_mask(uint32_t mask)
{
	unsigned longest = 0;

	for (unsigned count = 1; count <= 32; count++) {
		uint32_t starts = run_starts(mask, count);

		for (unsigned first = 0; first < 32; first++)
			require((starts >> first & 1) == is_run(mask, first, count),
				"%u ones at %u of 0x%x", count, first, mask);
		if (starts != 0)
			longest = count;
	}
	require(longest_run(mask) == longest, "the longest run of 0x%x", mask);
	for (unsigned first = 0; first < 32; first++) {
		unsigned length = run_length(mask, first);

		require(is_run(mask, first, length) &&
				!is_run(mask, first, length + 1),
			"the run at %u of 0x%x", first, mask);
	}
}

START_TEST(runs_of_bits)
{
	uint64_t random = 1;

	check_mask(0);
	check_mask(UINT32_MAX);
	for (unsigned first = 0; first < 32; first++)
		for (unsigned count = 1; first + count <= 32; count++) {
			require(is_run(bit_run(first, count), first, count), "run");
			check_mask(bit_run(first, count));
		}
	for (int i = 0; i < 2000; i++) {
		uint64_t number = random_next(&random);

		check_mask((uint32_t)(number | number >> 32));
		check_mask((uint32_t)(number & number >> 32));
	}
}
END_TEST

START_TEST(powers_and_multiples)
{
	ck_assert(!is_power_of_two(0));
	for (unsigned bit = 0; bit < 63; bit++) {
		size_t power = (size_t)1 << bit;

		ck_assert(is_power_of_two(power));
		ck_assert(bit < 2 || !is_power_of_two(power - 1));
		ck_assert(bit < 1 || !is_power_of_two(power + 1));
		ck_assert_uint_eq(align_up(power + 1, power),
				  bit == 0 ? 2 : 2 * power);
		ck_assert_uint_eq(align_down(power + power / 2, power),
				  bit == 0 ? 1 : power);
		ck_assert_uint_eq(lowest_bit(power), bit);
	}
}
END_TEST

/* ---- lock ---- */

#define TAKERS 4
#define ROUNDS 100000

static struct lock lock = LOCK_INIT(LOCK_RANK_ARENA);
static uint64_t guarded; /* under lock, not atomic: that is the test */

static void *take_and_count(void *arg)
{
	for (uint64_t i = 0; i < unit_ops(ROUNDS); i++) {
		if (i % 3 != 0 || !lock_try(&lock))
			lock_take(&lock);
		guarded++;
		lock_give(&lock);
	}
	return arg;
}

START_TEST(a_lock_lets_one_in)
{
	pthread_t threads[TAKERS];

	for (int i = 0; i < TAKERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_count,
						NULL),
				 0);
	for (int i = 0; i < TAKERS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(guarded, TAKERS * unit_ops(ROUNDS));
	ck_assert(!in_critical());
	lock_take(&lock);
	ck_assert(!lock_try(&lock));
	ck_assert(in_critical());
	lock_give(&lock);
	ck_assert(!in_critical());
}
END_TEST

START_TEST(fork_takes_locks)
{
	lock_fork_start();
	ck_assert(lock_fork(&lock, FORK_TAKE));
	ck_assert(!lock_try(&lock));
	ck_assert(lock_fork(&lock, FORK_GIVE));
	ck_assert(lock_fork(&lock, FORK_TAKE));
	ck_assert(lock_fork(&lock, FORK_RESET));
	lock_fork_end();
	ck_assert(lock_try(&lock));
	lock_give(&lock);
	ck_assert(!in_critical());
}
END_TEST

static struct lock other = LOCK_INIT(LOCK_RANK_META);

/* As in a signal handler that interrupted the holder of `lock`. */
START_TEST(fork_passes_over_its_own_locks)
{
	for (enum fork_step end = FORK_GIVE; end <= FORK_RESET; end++) {
		lock_take(&lock);
		lock_fork_start();
		ck_assert(!lock_fork(&lock, FORK_TAKE));
		ck_assert(lock_fork(&other, FORK_TAKE));
		ck_assert(!lock_try(&other));
		ck_assert(lock_fork(&other, end));
		ck_assert(!lock_fork(&lock, end));
		lock_fork_end();
		ck_assert(in_critical());
		ck_assert(!lock_try(&lock));
		ck_assert(lock_try(&other));
		lock_give(&other);
		lock_give(&lock);
		ck_assert(!in_critical());
	}
}
END_TEST

#ifdef HAK_DEBUG
static struct lock higher = LOCK_INIT(LOCK_RANK_META);

START_TEST(a_debug_build_checks_ranks)
{
	lock_take(&higher);
	lock_take(&lock);
}
END_TEST
#endif

/* ---- message and die ---- */

START_TEST(messages_are_built_of_pieces)
{
	struct message m;

	message_start(&m);
	message_text(&m, "a ");
	message_add(&m, "%u %lu %ld 0x%lx %s%.*s", 0u, UINT64_MAX, INT64_MIN, 0xdeadbeef00u,
		    "b\n", 2, "cde");
	ck_assert_str_eq(m.text, "a 0 18446744073709551615 "
				 "-9223372036854775808 0xdeadbeef00 b?cd");
}
END_TEST

START_TEST(messages_are_cut_not_overrun)
{
	struct {
		struct message m;
		unsigned char after[64];
	} s;

	memset(s.after, 0x5a, sizeof(s.after));
	ck_assert_int_ge(dup2(open("/dev/null", O_WRONLY), STDERR_FILENO), 0);
	message_start(&s.m);
	for (int i = 0; i < 1000; i++) {
		message_add(&s.m, "piece 0x%lx", UINT64_MAX);
	}
	message_send(&s.m);
	ck_assert_uint_lt(strlen(s.m.text), MESSAGE_MAX);
	for (size_t i = 0; i < sizeof(s.after); i++)
		ck_assert_uint_eq(s.after[i], 0x5a);
}
END_TEST

/* A debugger finds the message, without its newline, by name. */
static void look_at_message(int number)
{
	if (number != SIGABRT || !hakmem_abort_message ||
	    !strstr(hakmem_abort_message, "]: hakmem: something is wrong with 0x1234"))
		_exit(1);
}

/* What happened, how to exclude the program, and then SIGABRT. */
START_TEST(death_has_two_lines)
{
	char text[1024] = "", expected[1024];
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		signal(SIGABRT, look_at_message);
		die("something is wrong with 0x%lx", 0x1234ul);
	}
	close(ends[1]);
	waitpid(pid, &status, 0);
	ck_assert_int_gt(read(ends[0], text, sizeof(text) - 1), 0);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	snprintf(expected, sizeof(expected),
		 "%1$s[%2$d]: hakmem: something is wrong with 0x1234\n"
		 "%1$s[%2$d]: hakmem: to run this program with libc's malloc, "
		 "add two lines to " HAK_CONF_FILE ": [%1$s] and HAKMEM_DISABLE=1\n",
		 program_invocation_short_name, (int)pid);
	ck_assert_str_eq(text, expected);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, runs_of_bits);
	tcase_add_test(t, powers_and_multiples);
	tcase_add_test(t, a_lock_lets_one_in);
	tcase_add_test(t, fork_takes_locks);
	tcase_add_test(t, fork_passes_over_its_own_locks);
	tcase_add_test(t, messages_are_built_of_pieces);
	tcase_add_test(t, messages_are_cut_not_overrun);
	tcase_add_test(t, death_has_two_lines);
#ifdef HAK_DEBUG
	tcase_add_test_raise_signal(t, a_debug_build_checks_ranks, SIGABRT);
#endif
}

int main(void)
{
	return unit_run("base", fill);
}
