/* SPDX-License-Identifier: MIT */
/*
 * hakmem.h: the public interface of libhakmem, version 1.
 *
 * Every function here may be called from any thread at any time, also before
 * main() and from destructors.  A signal handler may call those that allocate and
 * free, within the limits that hakmem(7) names, and hak_debug_ring_print() with
 * NULL, but no others.
 * Sizes are bytes.  A function that fails for want of memory returns NULL and
 * sets errno to ENOMEM; no function aborts because memory ran out.
 *
 * Blocks from hak_malloc() and from malloc() are the same blocks when the
 * library interposes malloc: each may be freed by either free function.
 *
 * The library also exports the constant hak_stats_page.  It is for the hakmem-stat of
 * the same version, and its layout may change with each one: programs call hak_stats().
 */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stddef.h>
#include <stdint.h>

#define HAKMEM_VERSION_MAJOR 0
#define HAKMEM_VERSION_MINOR 1
#define HAKMEM_VERSION_PATCH 1
#define HAKMEM_VERSION_STRING "0.1.1"
/* One number to compare in #if: 0.1.1 is 101. */
#define HAKMEM_VERSION \
	(HAKMEM_VERSION_MAJOR * 10000 + HAKMEM_VERSION_MINOR * 100 + \
	 HAKMEM_VERSION_PATCH)

#if defined(__GNUC__)
#define HAK_API __attribute__((visibility("default"), nothrow))
#define HAK_MALLOC_LIKE __attribute__((malloc, warn_unused_result))
#define HAK_ALLOC_SIZE(arg) __attribute__((alloc_size(arg)))
#define HAK_ALLOC_SIZE2(n, size) __attribute__((alloc_size(n, size)))
#define HAK_ALLOC_ALIGN(arg) __attribute__((alloc_align(arg)))
#define HAK_MUST_USE __attribute__((warn_unused_result))
#else
#define HAK_API
#define HAK_MALLOC_LIKE
#define HAK_ALLOC_SIZE(arg)
#define HAK_ALLOC_SIZE2(n, size)
#define HAK_ALLOC_ALIGN(arg)
#define HAK_MUST_USE
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- allocation ------------------------------------------------------- */

/*
 * A block of at least `size` bytes, 16-byte aligned, contents undefined.
 * size 0 gives a unique block that must be freed.
 * Errors: NULL with ENOMEM, also for a size above PTRDIFF_MAX.
 */
HAK_API void *hak_malloc(size_t size) HAK_MALLOC_LIKE HAK_ALLOC_SIZE(1);

/*
 * A block for `count` objects of `size` bytes, every byte zero.
 * Errors: NULL with ENOMEM, also when count * size overflows.
 */
HAK_API void *hak_calloc(size_t count, size_t size)
	HAK_MALLOC_LIKE HAK_ALLOC_SIZE2(1, 2);

/*
 * Resizes `ptr`, keeping min(old, new) bytes; may move it.
 * ptr NULL: as hak_malloc(size).  size 0: frees ptr and returns NULL, as glibc
 * does.  Errors: NULL with ENOMEM, and ptr is untouched and still valid.
 */
HAK_API void *hak_realloc(void *ptr, size_t size)
	HAK_MUST_USE HAK_ALLOC_SIZE(2);

/* hak_realloc(ptr, count * size) with the product checked: ENOMEM. */
HAK_API void *hak_reallocarray(void *ptr, size_t count, size_t size)
	HAK_MUST_USE HAK_ALLOC_SIZE2(2, 3);

/*
 * Gives `ptr` back.  NULL does nothing.  errno is kept.
 * A pointer that is not a live block is reported on stderr and the process
 * aborts, wherever this can be seen cheaply.
 */
HAK_API void hak_free(void *ptr);

/* C23 free_sized: `size` is what was asked for; a wrong size is undefined. */
HAK_API void hak_free_sized(void *ptr, size_t size);

/* C23 free_aligned_sized: for blocks from hak_aligned_alloc(). */
HAK_API void hak_free_aligned_sized(void *ptr, size_t alignment, size_t size);

/*
 * A block aligned to `alignment`, a power of two up to 1 GiB; size need not be
 * a multiple of it.  Errors: NULL with EINVAL (not a power of two) or ENOMEM.
 */
HAK_API void *hak_aligned_alloc(size_t alignment, size_t size)
	HAK_MALLOC_LIKE HAK_ALLOC_SIZE(2) HAK_ALLOC_ALIGN(1);

/*
 * POSIX form: stores the block in *out and returns 0, or returns EINVAL
 * (alignment not a power of two multiple of sizeof(void *)) or ENOMEM and
 * leaves *out and errno alone.
 */
HAK_API int hak_posix_memalign(void **out, size_t alignment, size_t size)
	HAK_MUST_USE;

/* ---- questions about blocks ------------------------------------------- */

/*
 * How many bytes of `ptr` may be used: exact, stable for the life of the
 * block, all of them writable.  NULL gives 0.
 */
HAK_API size_t hak_usable_size(const void *ptr);

/*
 * What hak_usable_size() would say of hak_malloc(size); 0 if size is too big.
 * Under HAKMEM_DISABLE it is `size`, since libc does not tell.
 */
HAK_API size_t hak_good_size(size_t size);

/*
 * 1 if `ptr` is the start of a block-sized place in this library's memory, live
 * or free, else 0.  Safe for any value: nothing near the pointer is read.
 */
HAK_API int hak_owns(const void *ptr);

/* ---- control ---------------------------------------------------------- */

/*
 * Gives free memory of the whole process back to the system: the caches of
 * the calling thread, free pages, cached mappings.
 * Returns the bytes given back.  System calls: madvise, munmap.
 */
HAK_API size_t hak_purge(void);

/*
 * Makes `count` blocks for requests of `size` bytes ready in the calling
 * thread's cache, as far as its capacity goes, with all of their pages in
 * memory.  Returns how many are ready; 0 for sizes that are not cached per
 * thread (above 52 KiB).
 */
HAK_API size_t hak_prewarm(size_t size, size_t count);

/*
 * Empties the calling thread's caches into the slabs they came from and posts
 * what belongs to other threads.  For a thread about to wait for long.
 */
HAK_API void hak_thread_flush(void);

/* ---- statistics ------------------------------------------------------- */

#define HAK_STATS_VERSION 1

/*
 * Filled by hak_stats(); bytes unless said otherwise.  New fields are only
 * added at the end, with a new HAK_STATS_VERSION.
 */
typedef struct hak_stats_v1 {
	uint32_t version;        /* of the struct that was filled */
	uint32_t size;           /* sizeof of the struct that was filled */
	uint64_t mapped;         /* address space held from the system */
	uint64_t active;         /* in slabs, Large and Huge blocks */
	uint64_t allocated;      /* in blocks the program holds */
	uint64_t retained;       /* free, but perhaps still resident */
	uint64_t metadata;       /* descriptors, caches, registry leaves */
	uint64_t purged;         /* given back to the system so far */
	uint64_t heaps;          /* number of per-thread heaps ever made */
	uint64_t heaps_live;     /* of these, owned by a running thread */
	uint64_t refills;        /* number of P0 batches */
	uint64_t refilled;       /* number of blocks they brought */
	uint64_t flushes;        /* number of FastCache overflows */
	uint64_t drains;         /* number of inbox drains that found blocks */
	uint64_t drained;        /* number of blocks they brought */
	uint64_t remote_frees;   /* number of blocks posted to other heaps */
	uint64_t adoptions;      /* number of slabs taken from dead threads */
	uint64_t system_calls;   /* memory system calls made */
} hak_stats_t;

/*
 * Fills *out, at most `size` bytes of it (pass sizeof *out).
 * Returns 0, or EINVAL when out is NULL or size cannot hold the first two
 * fields.  The numbers are a snapshot: exact when no other thread allocates.
 */
HAK_API int hak_stats(hak_stats_t *out, size_t size);

/* What hak_stats_print() writes. */
#define HAK_STATS_TEXT 0u
#define HAK_STATS_JSON 1u

/*
 * Writes the statistics piece by piece through `write` (a NUL-terminated
 * string and `arg`); NULL writes to stderr.  The callback must not allocate
 * from this library.  Returns 0, or EINVAL for an unknown format.
 */
HAK_API int hak_stats_print(void (*write)(void *arg, const char *text),
			    void *arg, unsigned format);

/*
 * Writes the events that HAKMEM_DEBUG_RING remembers, the oldest first, a line
 * each, through `write` as hak_stats_print() does; NULL writes to stderr, and
 * then the function may be called from a signal handler.  Returns the number
 * of events, 0 also when none are remembered.
 */
HAK_API size_t hak_debug_ring_print(void (*write)(void *arg, const char *text),
				    void *arg);

/*
 * The value of option `name` (as in the environment: "HAKMEM_PREWARM") in
 * *value.  Returns 0, or ENOENT for an unknown name, EINVAL for a NULL.
 * Choices are given by their position in the documented list, from 0, and a text
 * (the name of a file) by its length: 0 when it is not set.
 */
HAK_API int hak_option_get(const char *name, int64_t *value);

/* The version of the library at run time: "0.1.1".  Static storage. */
HAK_API const char *hak_version(void);

#ifdef __cplusplus
}
#endif

#endif /* HAKMEM_H */
