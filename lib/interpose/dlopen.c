/* SPDX-License-Identifier: MIT */
/*
 * interpose: dlopen and dlmopen without RTLD_DEEPBIND.
 *
 * An object opened with that flag binds its free() to libc and hands our blocks
 * to it.  HAKMEM_KEEP_DEEPBIND=1 leaves the flag alone.
 *
 * The real functions look at their return address to learn which object calls
 * (its RUNPATH, $ORIGIN and namespace count), so ours must leave it in place:
 * they end in a jump.  C cannot promise that, hence the few instructions below.
 *
 * Not in the static library (no PIC): a static program has no function behind these, so
 * it keeps libc's own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "base/die.h"
#include "next_malloc/next_malloc.h"
#include "options/options.h"

#ifdef PIC

/* Where to jump, and the bits of the mode to keep: both come in registers. */
struct passage {
	void *real;
	long mode_mask;
};

enum function { DLOPEN, DLMOPEN };

/* Called by the instructions below alone.  which: enum function */
HAK_HIDDEN __attribute__((used)) struct passage interpose_passage(unsigned which);

struct passage interpose_passage(unsigned which)
{
	static const char names[][8] = {[DLOPEN] = "dlopen", [DLMOPEN] = "dlmopen"};
	static void *real[2]; /* the next definition of each; any thread, relaxed */
	void *next = load_relaxed(&real[which]);

	if (!next) {
		next = libc_next(names[which]);
		if (!next)
			die("no libc behind this library has dlopen and dlmopen");
		store_relaxed(&real[which], next);
	}
	options_load(); /* a program may come here before its first malloc() */
	return (struct passage){
		.real = next,
		.mode_mask = options_get(OPTION_KEEP_DEEPBIND) || libc_serves()
				     ? ~0L
				     : ~(long)RTLD_DEEPBIND,
	};
}

/*
 * PASS_ON(name, number in enum function, register of the argument `mode`): keep the
 * arguments, ask for the passage, mask the mode, jump.
 */
#if defined(__x86_64__)
#define PASS_ON(name, which, mode)                         \
	__asm__(".text\n"                                  \
		".p2align 4\n"                             \
		".globl " #name "\n"                       \
		".type " #name ", @function\n"             \
		#name ":\n"                                \
		".cfi_startproc\n"                         \
		"	endbr64\n"                         \
		"	subq $24, %rsp\n"                  \
		".cfi_adjust_cfa_offset 24\n"              \
		"	movq %rdi, (%rsp)\n"               \
		"	movq %rsi, 8(%rsp)\n"              \
		"	movq %rdx, 16(%rsp)\n"             \
		"	movl $" #which ", %edi\n"          \
		"	call interpose_passage\n"          \
		"	movq %rdx, %rcx\n"                 \
		"	movq (%rsp), %rdi\n"               \
		"	movq 8(%rsp), %rsi\n"              \
		"	movq 16(%rsp), %rdx\n"             \
		"	addq $24, %rsp\n"                  \
		".cfi_adjust_cfa_offset -24\n"             \
		"	andl %ecx, " mode "\n"             \
		"	jmp *%rax\n"                       \
		".cfi_endproc\n"                           \
		".size " #name ", . - " #name "\n")

PASS_ON(dlopen, 0, "%esi");
PASS_ON(dlmopen, 1, "%edx");
#elif defined(__aarch64__)
#define PASS_ON(name, which, mode)                         \
	__asm__(".text\n"                                  \
		".p2align 4\n"                             \
		".globl " #name "\n"                       \
		".type " #name ", %function\n"             \
		#name ":\n"                                \
		".cfi_startproc\n"                         \
		"	hint #34\n" /* bti c */            \
		"	stp x29, x30, [sp, #-48]!\n"       \
		".cfi_def_cfa_offset 48\n"                 \
		".cfi_offset 29, -48\n"                    \
		".cfi_offset 30, -40\n"                    \
		"	stp x0, x1, [sp, #16]\n"           \
		"	str x2, [sp, #32]\n"               \
		"	mov w0, #" #which "\n"             \
		"	bl interpose_passage\n"            \
		"	mov x16, x0\n"                     \
		"	mov x17, x1\n"                     \
		"	ldp x0, x1, [sp, #16]\n"           \
		"	ldr x2, [sp, #32]\n"               \
		"	ldp x29, x30, [sp], #48\n"         \
		".cfi_restore 29\n"                        \
		".cfi_restore 30\n"                        \
		".cfi_def_cfa_offset 0\n"                  \
		"	and " mode ", " mode ", w17\n"     \
		"	br x16\n"                          \
		".cfi_endproc\n"                           \
		".size " #name ", . - " #name "\n")

PASS_ON(dlopen, 0, "w1");
PASS_ON(dlmopen, 1, "w2");
#else
/* An optimizing compiler makes jumps of the calls at the end. */
HAK_EXPORT void *dlopen(const char *file, int mode)
{
	struct passage to = interpose_passage(DLOPEN);

	return ((void *(*)(const char *, int))to.real)(
		file, mode & (int)to.mode_mask);
}

HAK_EXPORT void *dlmopen(Lmid_t space, const char *file, int mode)
{
	struct passage to = interpose_passage(DLMOPEN);

	return ((void *(*)(Lmid_t, const char *, int))to.real)(
		space, file, mode & (int)to.mode_mask);
}
#endif

#endif /* PIC */
