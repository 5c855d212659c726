/* SPDX-License-Identifier: MIT */
/*
 * Filters of system calls: what `sandbox` says of one is what the kernel does.
 * Each of many filters, made at random, is looked at and set in a child, which then
 * makes one of our calls.
 */
#define _GNU_SOURCE
#include "unit.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "os/sandbox.h"

#define LONGEST 24u

/* How a child ends. */
enum outcome { SURVIVED, KILLED, NOT_SET };

static struct sock_filter steps[3 * LONGEST + 8];
static unsigned short count;

static void add(uint32_t code, uint32_t k, unsigned yes, unsigned no)
{
	steps[count++] = (struct sock_filter){(uint16_t)code, (uint8_t)yes, (uint8_t)no, k};
}

static uint32_t pick(uint64_t *random, uint32_t most)
{
	return (uint32_t)(random_next(random) % most);
}

/* Numbers that calls have, so that comparisons are now and then true. */
static uint32_t number(uint64_t *random)
{
	static const uint32_t known[] = {
		SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise,
		MADV_DONTNEED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		1 << 20, 1 << 14, 0, UINT32_MAX,
	};
	uint32_t i = pick(random, 16);

	return i < sizeof(known) / sizeof(*known) ? known[i] : pick(random, 64);
}

/* All of seccomp_data but the address of the instruction. */
static uint32_t place(uint64_t *random)
{
	uint32_t i = pick(random, 14);

	return 4 * (i < 2 ? i : i + 2);
}

static uint32_t action(uint64_t *random)
{
	static const uint32_t actions[] = {
		SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW, SECCOMP_RET_ALLOW,
		SECCOMP_RET_ERRNO | 1, SECCOMP_RET_KILL_THREAD,
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP, SECCOMP_RET_TRACE,
		0x12340000,
	};

	return actions[pick(random, sizeof(actions) / sizeof(*actions))];
}

static void add_computation(uint64_t *random)
{
	static const uint32_t operations[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV,
					      BPF_OR,  BPF_AND, BPF_XOR, BPF_LSH,
					      BPF_RSH, BPF_NEG};
	uint32_t operation = operations[pick(random, 10)];

	if (operation == BPF_NEG)
		add(BPF_ALU | BPF_NEG, 0, 0, 0);
	else if (pick(random, 3) == 0)
		add(BPF_ALU | operation | BPF_X, 0, 0, 0);
	else
		add(BPF_ALU | operation | BPF_K, 1 + pick(random, 31), 0, 0);
}

/* A bit of what was computed decides, now and then. */
static void add_look(uint64_t *random)
{
	if (pick(random, 2) == 0)
		return;
	add(BPF_JMP | BPF_JSET | BPF_K, 1u << pick(random, 32), 0, 1);
	add(BPF_RET | BPF_K, action(random), 0, 0);
}

/* `left`: how many steps there are at least behind this one. */
static void add_jump(uint64_t *random, uint32_t left)
{
	static const uint32_t comparisons[] = {BPF_JEQ, BPF_JEQ, BPF_JGT, BPF_JGE,
					       BPF_JSET};
	uint32_t comparison = comparisons[pick(random, 5)];

	if (pick(random, 10) == 0)
		add(BPF_JMP | BPF_JA, pick(random, left), 0, 0);
	else
		add(BPF_JMP | comparison | (pick(random, 4) == 0 ? BPF_X : BPF_K),
		    number(random), pick(random, left), pick(random, left));
}

static void add_any(uint64_t *random, uint32_t left)
{
	switch (pick(random, 24)) {
	case 0:
		add(BPF_LD | BPF_IMM, number(random), 0, 0);
		break;
	case 1:
		add(BPF_LDX | BPF_IMM, number(random), 0, 0);
		break;
	case 2:
		add(BPF_LD | BPF_MEM, pick(random, 2), 0, 0);
		break;
	case 3:
		add(BPF_LDX | BPF_MEM, pick(random, 2), 0, 0);
		break;
	case 4:
		add(pick(random, 2) ? BPF_ST : BPF_STX, pick(random, 2), 0, 0);
		break;
	case 5:
		add(BPF_MISC | (pick(random, 2) ? BPF_TAX : BPF_TXA), 0, 0, 0);
		add_look(random);
		break;
	case 6:
		add(pick(random, 2) ? BPF_LD | BPF_W | BPF_LEN :
				      BPF_LDX | BPF_W | BPF_LEN, 0, 0, 0);
		add_look(random);
		break;
	case 7:
	case 8:
		add_computation(random);
		add_look(random);
		break;
	case 9:
	case 10:
	case 11:
		add(BPF_LD | BPF_W | BPF_ABS, place(random), 0, 0);
		break;
	case 12:
	case 13:
	case 14: /* what is behind it is for those who jump there */
		add_jump(random, left);
		add(BPF_RET | BPF_K, action(random), 0, 0);
		break;
	default:
		add_jump(random, left);
	}
}

/* What ends the child and what it writes is allowed; two words have a value. */
static void make_filter(uint64_t seed)
{
	uint64_t random = seed;
	uint32_t length = 2 + pick(&random, LONGEST - 6);

	count = 0;
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1);
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	add(BPF_ST, 0, 0, 0);
	add(BPF_ST, 1, 0, 0);
	for (uint32_t i = 0; i < length; i++)
		add_any(&random, length - i);
	add(BPF_RET | BPF_K, action(&random), 0, 0);
	add(pick(&random, 2) ? BPF_RET | BPF_K : BPF_RET | BPF_A, action(&random), 0, 0);
}

/* The same as the library would: the filters may look at what they are given. */
static void make_call(enum sandbox_call call)
{
	const size_t size = (size_t)1 << 20;
	void *at = (void *)((uintptr_t)1 << 46);

	switch (call) {
	case SANDBOX_MMAP:
		syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, UINT32_MAX, 0L);
		break;
	case SANDBOX_MUNMAP:
		syscall(SYS_munmap, at, size, 0L, 0L, 0L, 0L);
		break;
	case SANDBOX_MREMAP:
		syscall(SYS_mremap, at, size, size, MREMAP_MAYMOVE, 0L, 0L);
		break;
	case SANDBOX_MPROTECT:
		syscall(SYS_mprotect, at, size, PROT_READ | PROT_WRITE, 0L, 0L, 0L);
		break;
	default:
		syscall(SYS_madvise, at, size, MADV_DONTNEED, 0L, 0L, 0L);
	}
}

static enum outcome try_call(const struct sock_fprog *filter, enum sandbox_call call)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter, 0, 0) != 0)
			_exit(NOT_SET);
		make_call(call);
		_exit(SURVIVED);
	}
	require(pid > 0 && waitpid(pid, &status, 0) == pid, "no child");
	if (WIFSIGNALED(status)) {
		ck_assert_int_eq(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	return (enum outcome)WEXITSTATUS(status);
}

/* One call, since each that kills is a line in the kernel's log.  False: not taken. */
static bool compare(uint64_t seed, unsigned killed[2])
{
	struct sock_fprog filter = {.filter = steps};
	enum sandbox_call call = seed % SANDBOX_CALLS;
	enum outcome outcome;

	make_filter(seed);
	filter.len = count;
	outcome = try_call(&filter, call);
	if (outcome == NOT_SET)
		return false;
	sandbox_forbidden = 0;
	sandbox_filter(&filter);
	require(sandbox_allows(call) == (outcome == SURVIVED),
		"filter %llu: call %u %s", (unsigned long long)seed, call,
		outcome == KILLED ? "kills" : "is let pass");
	killed[outcome == KILLED]++;
	return true;
}

START_TEST(a_filter_is_read_as_the_kernel_reads_it)
{
	uint64_t filters = unit_ops(2000);
	unsigned killed[2] = {0, 0}, taken = 0;

	for (uint64_t seed = 1; seed <= filters; seed++)
		taken += compare(seed, killed);
	sandbox_forbidden = 0;
	if (taken == 0) {
		puts("filters cannot be set on this machine");
		return;
	}
	ck_assert_uint_ge(taken, filters / 2);
	ck_assert_uint_ge(killed[true], taken / 4);
	ck_assert_uint_ge(killed[false], taken / 4);
}
END_TEST

/* Bits are only added, and what is forbidden is not asked for. */
START_TEST(strict_mode_forbids_all)
{
	sandbox_strict();
	for (unsigned call = 0; call < SANDBOX_CALLS; call++)
		ck_assert(!sandbox_allows(call));
	sandbox_forbidden = 0;
}
END_TEST

static void fill(TCase *t)
{
	if (!UNIT_SANITIZED) /* a sanitizer makes calls of its own */
		tcase_add_test(t, a_filter_is_read_as_the_kernel_reads_it);
	tcase_add_test(t, strict_mode_forbids_all);
}

int main(void)
{
	return unit_run("sandbox", fill);
}
