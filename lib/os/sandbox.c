/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/sandbox.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

HAK_NEAR uint32_t sandbox_forbidden;

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define ARCHITECTURE AUDIT_ARCH_S390X
#endif

static void forbid(uint32_t calls)
{
	or_relaxed(&sandbox_forbidden, calls);
}

void sandbox_strict(void)
{
	forbid((1u << SANDBOX_CALLS) - 1);
}

#ifdef ARCHITECTURE

/* ---- what the kernel does with a filter ------------------------------- */

struct machine {
	uint32_t a, x;
	uint32_t memory[BPF_MEMWORDS];
};

static uint32_t load(const struct machine *m, const struct sock_filter *step,
		     const struct seccomp_data *call)
{
	uint32_t word;

	switch (BPF_MODE(step->code)) {
	case BPF_ABS:
		if (step->k > sizeof(*call) - sizeof(word))
			return 0;
		memcpy(&word, (const char *)call + step->k, sizeof(word));
		return word;
	case BPF_MEM:
		return m->memory[step->k % BPF_MEMWORDS];
	case BPF_LEN:
		return sizeof(*call);
	default:
		return step->k;
	}
}

static uint32_t compute(uint32_t a, uint16_t code, uint32_t operand)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
		return a + operand;
	case BPF_SUB:
		return a - operand;
	case BPF_MUL:
		return a * operand;
	case BPF_DIV:
		return a / operand;
	case BPF_OR:
		return a | operand;
	case BPF_AND:
		return a & operand;
	case BPF_XOR:
		return a ^ operand;
	case BPF_LSH:
		return a << operand % 32;
	case BPF_RSH:
		return a >> operand % 32;
	default:
		return -a;
	}
}

static bool compare(uint32_t a, uint16_t code, uint32_t operand)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return a == operand;
	case BPF_JGT:
		return a > operand;
	case BPF_JGE:
		return a >= operand;
	default:
		return (a & operand) != 0;
	}
}

/* Returns how many steps to leave out. */
static uint32_t jump(const struct sock_filter *step, uint32_t a, uint32_t operand)
{
	if (BPF_OP(step->code) == BPF_JA)
		return step->k;
	return compare(a, step->code, operand) ? step->jt : step->jf;
}

static uint32_t verdict(const struct sock_fprog *filter,
			const struct seccomp_data *call)
{
	struct machine m = {.a = 0};

	for (uint32_t i = 0; i < filter->len; i++) {
		const struct sock_filter *step = &filter->filter[i];
		uint32_t operand = BPF_SRC(step->code) == BPF_X ? m.x : step->k;

		switch (BPF_CLASS(step->code)) {
		case BPF_LD:
			m.a = load(&m, step, call);
			break;
		case BPF_LDX:
			m.x = load(&m, step, call);
			break;
		case BPF_ST:
			m.memory[step->k % BPF_MEMWORDS] = m.a;
			break;
		case BPF_STX:
			m.memory[step->k % BPF_MEMWORDS] = m.x;
			break;
		case BPF_ALU:
			if (BPF_OP(step->code) == BPF_DIV && operand == 0)
				return SECCOMP_RET_KILL_THREAD;
			m.a = compute(m.a, step->code, operand);
			break;
		case BPF_JMP:
			i += jump(step, m.a, operand);
			break;
		case BPF_RET:
			return BPF_RVAL(step->code) == BPF_A ? m.a : step->k;
		default:
			if (BPF_MISCOP(step->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

/* ---- what we ask of it ------------------------------------------------ */

#define PLACE ((uintptr_t)1 << 46)
#define SIZE ((uint64_t)1 << 20)
#define ACCESS (PROT_READ | PROT_WRITE)
#define ASKED(name, ...) \
	{.arch = ARCHITECTURE, .nr = SYS_##name, .args = {__VA_ARGS__}}

static const struct seccomp_data asked[SANDBOX_CALLS] = {
	[SANDBOX_MMAP] = ASKED(mmap, 0, SIZE, ACCESS, MAP_PRIVATE | MAP_ANONYMOUS,
			       UINT32_MAX, 0),
	[SANDBOX_MUNMAP] = ASKED(munmap, PLACE, SIZE),
	[SANDBOX_MREMAP] = ASKED(mremap, PLACE, SIZE, SIZE, MREMAP_MAYMOVE),
	[SANDBOX_MPROTECT] = ASKED(mprotect, PLACE, SIZE, ACCESS),
	[SANDBOX_MADVISE] = ASKED(madvise, PLACE, SIZE, MADV_DONTNEED),
};

/* An error is no harm: that is how systems refuse. */
static bool is_fatal(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
	case SECCOMP_RET_LOG:
	case SECCOMP_RET_TRACE:
	case SECCOMP_RET_USER_NOTIF:
	case SECCOMP_RET_ERRNO:
		return false;
	default:
		return true;
	}
}

void sandbox_filter(const struct sock_fprog *filter)
{
	uint32_t calls = 0;

	for (unsigned i = 0; i < SANDBOX_CALLS; i++)
		if (is_fatal(verdict(filter, &asked[i])))
			calls |= 1u << i;
	forbid(calls);
}

#else

void sandbox_filter(const struct sock_fprog *filter)
{
	(void)filter;
}

#endif
