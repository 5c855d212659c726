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
#define HAK_CACHE_ALIGNED __attribute__((aligned(64)))
/*
 * For small variables that every process touches: they stand with the initialized
 * ones, on a page that the loader has written to, and not scattered between the
 * tables in .bss, where each would cost a page fault at every exec.
 */
#define HAK_NEAR __attribute__((section(".data")))

/*
 * It looks at memory that others may be changing, and makes sure afterwards that
 * they were not; ThreadSanitizer sees only the first half of that.
 */
#define HAK_RACY __attribute__((no_sanitize("thread")))
/* Such a one that is to be part of its caller, which ThreadSanitizer forbids. */
#ifdef __SANITIZE_THREAD__
#define HAK_RACY_INLINE inline HAK_RACY
#else
#define HAK_RACY_INLINE HAK_ALWAYS_INLINE
#endif

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/*
 * The compiler knows nothing of the value from here on.  So each access through
 * base + value folds the sum into itself, where it would otherwise be computed
 * first, by an instruction of its own.
 */
#define HAK_FOLD(value) __asm__("" : "+r"(value))

/*
 * The function's result, not NULL, is in the register that returns it from here on.
 * Without being told gcc computes it elsewhere and moves it there at the end.
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
