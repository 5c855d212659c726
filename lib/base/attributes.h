/* SPDX-License-Identifier: MIT */
/* base: what the compiler should know.  Names only, no code. */
#ifndef HAK_ATTRIBUTES_H
#define HAK_ATTRIBUTES_H

/* Shared between the files of the library, invisible outside of it. */
#define HAK_HIDDEN __attribute__((visibility("hidden")))
/* Part of the ABI. */
#define HAK_EXPORT __attribute__((visibility("default")))

#define HAK_ALWAYS_INLINE inline __attribute__((always_inline))
/* Keeps a slow path out of the fast path's frame. */
#define HAK_NOINLINE __attribute__((noinline))
#define HAK_COLD __attribute__((cold, noinline))
#define HAK_NORETURN __attribute__((noreturn))
/* The parameter of that number is a format of printf(); its arguments come next. */
#define HAK_FORMAT(number) __attribute__((format(printf, number, number + 1)))
#define HAK_CACHE_ALIGNED __attribute__((aligned(64)))
/*
 * For small variables that every process touches: puts them into .data, on a page that
 * the loader has written to.  In .bss they would lie between the large tables, and each
 * would cost a page fault at every exec.
 */
#define HAK_NEAR __attribute__((section(".data")))

/*
 * For a function that reads memory which other threads may change, and checks afterwards
 * whether they did.  ThreadSanitizer would report the read.
 */
#define HAK_RACY __attribute__((no_sanitize("thread")))
/* The same for a function to be inlined, which ThreadSanitizer does not allow. */
#ifdef __SANITIZE_THREAD__
#define HAK_RACY_INLINE inline HAK_RACY
#else
#define HAK_RACY_INLINE HAK_ALWAYS_INLINE
#endif

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/*
 * Hides the value from the compiler.  Otherwise it would compute base + value first, by an
 * instruction of its own; now each access has the sum in its address.
 */
#define HAK_FOLD(value) __asm__("" : "+r"(value))

/*
 * Puts the result of the function, which is not NULL, into the register that returns it.
 * Otherwise gcc computes the result in another register and moves it at the end.
 */
#ifdef __x86_64__
#define HAK_RESULT(pointer)                      \
	do {                                     \
		__asm__("" : "+a"(pointer));     \
		if ((pointer) == NULL)           \
			__builtin_unreachable(); \
	} while (0)
#else
#define HAK_RESULT(pointer) ((void)0)
#endif

#define container_of(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif /* HAK_ATTRIBUTES_H */
