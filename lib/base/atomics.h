/* SPDX-License-Identifier: MIT */
/*
 * base: atomic access to plain fields, with the order in the name.
 *
 * The comment at a shared field says who may write it and which of these
 * its readers and writers use.
 */
#ifndef HAK_ATOMICS_H
#define HAK_ATOMICS_H

#define load_relaxed(field) __atomic_load_n((field), __ATOMIC_RELAXED)
#define load_acquire(field) __atomic_load_n((field), __ATOMIC_ACQUIRE)
#define store_relaxed(field, value) \
	__atomic_store_n((field), (value), __ATOMIC_RELAXED)
#define store_release(field, value) \
	__atomic_store_n((field), (value), __ATOMIC_RELEASE)
#define swap_acquire(field, value) \
	__atomic_exchange_n((field), (value), __ATOMIC_ACQUIRE)
#define swap_release(field, value) \
	__atomic_exchange_n((field), (value), __ATOMIC_RELEASE)
#define add_relaxed(field, value) \
	__atomic_fetch_add((field), (value), __ATOMIC_RELAXED)
#define sub_relaxed(field, value) \
	__atomic_fetch_sub((field), (value), __ATOMIC_RELAXED)
/* On failure *expected becomes what the field holds. */
#define cas_release(field, expected, value)                            \
	__atomic_compare_exchange_n((field), (expected), (value), 1,   \
				    __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define cas_acquire(field, expected, value)                            \
	__atomic_compare_exchange_n((field), (expected), (value), 0,   \
				    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)

/*
 * Order plain accesses against relaxed accesses to a field that guards them.
 * ThreadSanitizer does not know fences; functions that need them are HAK_RACY.
 */
#ifdef __SANITIZE_THREAD__
#define release_fence() signal_fence()
#define acquire_fence() signal_fence()
#else
#define release_fence() __atomic_thread_fence(__ATOMIC_RELEASE)
#define acquire_fence() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#endif

/* Orders a store before a load of another field. */
#define full_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/*
 * load_relaxed() of a word, that the compiler may fold into the instruction which uses
 * the value: it does not with an atomic load.
 */
#ifdef __SANITIZE_THREAD__
#define load_folded(field) load_relaxed(field)
#else
#define load_folded(field) (*(field))
#endif

/* Keeps the compiler from reordering accesses that a signal handler may see. */
#define signal_fence() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* For a counter with one writer: readers may look at any time. */
#define count_relaxed(field, value) \
	store_relaxed((field), *(field) + (value))

/* Tells the CPU that this is a spin loop. */
static inline void cpu_pause(void)
{
#ifdef __x86_64__
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif /* HAK_ATOMICS_H */
