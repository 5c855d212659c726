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

/* *real is NULL or the next definition of `name`; any thread, relaxed. */
static struct passage passage(void **real, const char *name)
{
	void *next = load_relaxed(real);

	if (!next) {
		next = dlsym(RTLD_NEXT, name);
		if (!next)
			die("no libc behind this library has dlopen and dlmopen");
		store_relaxed(real, next);
	}
	options_load(); /* a program may come here before its first malloc() */
	return (struct passage){
		.real = next,
		.mode_mask = options_get(OPTION_KEEP_DEEPBIND) || libc_serves()
				     ? ~0L
				     : ~(long)RTLD_DEEPBIND,
	};
}

/* Called by the instructions below alone. */
HAK_HIDDEN __attribute__((used)) struct passage interpose_dlopen_passage(void);
HAK_HIDDEN __attribute__((used)) struct passage interpose_dlmopen_passage(void);

struct passage interpose_dlopen_passage(void)
{
	static void *real;

	return passage(&real, "dlopen");
}

struct passage interpose_dlmopen_passage(void)
{
	static void *real;

	return passage(&real, "dlmopen");
}

/*
 * PASS_ON(name, mode): keep the arguments, ask for the passage, mask the
 * argument in register `mode`, jump.
 */
#if defined(__x86_64__)
#define DLOPEN_MODE "%esi"
#define DLMOPEN_MODE "%edx"
#define PASS_ON(name, mode)                                \
	__asm__(".text\n"                                  \
		".p2align 4\n"                             \
		".globl " #name "\n"                       \
		".type " #name ", @function\n"             \
		#name ":\n"                                \
		".cfi_startproc\n"                         \
		"	endbr64\n"                         \
		"	pushq %rdi\n"                      \
		".cfi_adjust_cfa_offset 8\n"               \
		"	pushq %rsi\n"                      \
		".cfi_adjust_cfa_offset 8\n"               \
		"	pushq %rdx\n"                      \
		".cfi_adjust_cfa_offset 8\n"               \
		"	call interpose_" #name "_passage\n" \
		"	movq %rdx, %rcx\n"                 \
		"	popq %rdx\n"                       \
		".cfi_adjust_cfa_offset -8\n"              \
		"	popq %rsi\n"                       \
		".cfi_adjust_cfa_offset -8\n"              \
		"	popq %rdi\n"                       \
		".cfi_adjust_cfa_offset -8\n"              \
		"	andl %ecx, " mode "\n"             \
		"	jmp *%rax\n"                       \
		".cfi_endproc\n"                           \
		".size " #name ", . - " #name "\n")
#elif defined(__aarch64__)
#define DLOPEN_MODE "w1"
#define DLMOPEN_MODE "w2"
#define PASS_ON(name, mode)                                \
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
		"	bl interpose_" #name "_passage\n"  \
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
#endif

#ifdef PASS_ON
PASS_ON(dlopen, DLOPEN_MODE);
PASS_ON(dlmopen, DLMOPEN_MODE);
#else
/* An optimizing compiler makes jumps of the calls at the end. */
HAK_EXPORT void *dlopen(const char *file, int mode)
{
	struct passage to = interpose_dlopen_passage();

	return ((void *(*)(const char *, int))to.real)(
		file, mode & (int)to.mode_mask);
}

HAK_EXPORT void *dlmopen(Lmid_t space, const char *file, int mode)
{
	struct passage to = interpose_dlmopen_passage();

	return ((void *(*)(Lmid_t, const char *, int))to.real)(
		space, file, mode & (int)to.mode_mask);
}
#endif /* PASS_ON */

#endif /* PIC */
