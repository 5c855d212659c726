/* SPDX-License-Identifier: MIT */
/*
 * hakmem.h: the public interface of libhakmem, version 1.
 *
 * Every function here may be called from any thread at any time, also before
 * main() and from destructors.  Which functions a signal handler may call is
 * said for each of them.
 *
 * All sizes are in bytes.  When memory runs out, a function returns NULL and sets
 * errno to ENOMEM; no function ends the program for that.
 *
 * hak_malloc() and malloc() give the same kind of block where the library replaces
 * malloc, as it does by default: free() and hak_free() both take it.
 *
 * The library also exports the constant hak_stats_page.  It is for hakmem-stat of the same
 * version, and its layout may change with each version.  Programs call hak_stats().
 */
/*
 * For man/api.awk, which makes the pages of section 3 from the comments below:
 * "Returns:", "Errors:" (one line for each error) and "Signals:" at the start of a
 * line begin what the sections RETURN VALUE, ERRORS and ATTRIBUTES say.
 * "Signals:" is one word: Safe, Limited or Unsafe.
 */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stddef.h>
#include <stdint.h>

#define HAKMEM_VERSION_MAJOR 0
#define HAKMEM_VERSION_MINOR 2
#define HAKMEM_VERSION_PATCH 0
#define HAKMEM_VERSION_STRING "0.2.0"
/* One number to compare in #if: 0.2.0 is 200. */
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
 * Allocates a block of at least `size` bytes.  The block is aligned to 16 bytes,
 * and its contents are undefined.  A block of 0 bytes is unique, and must be
 * freed like any other.
 * Returns: the block, or NULL.
 * Errors: ENOMEM: memory has run out, or `size` is above PTRDIFF_MAX.
 * Signals: Limited
 */
HAK_API void *hak_malloc(size_t size) HAK_MALLOC_LIKE HAK_ALLOC_SIZE(1);

/*
 * Allocates a block for `count` objects of `size` bytes each.  Every byte is zero.
 * Returns: the block, or NULL.
 * Errors: ENOMEM: memory has run out, or `count` * `size` is above PTRDIFF_MAX.
 * Signals: Limited
 */
HAK_API void *hak_calloc(size_t count, size_t size)
	HAK_MALLOC_LIKE HAK_ALLOC_SIZE2(1, 2);

/*
 * Changes the size of the block `ptr`.  The block may move; as many bytes as both
 * sizes have keep their contents.  With NULL for `ptr` this is hak_malloc().
 * Size 0 frees the block, as glibc does.
 * Returns: the block, or NULL when it fails and when `size` is 0.
 * Errors: ENOMEM: memory has run out, or `size` is above PTRDIFF_MAX.  The old block
 * is still valid and has not changed.
 * Signals: Limited
 */
HAK_API void *hak_realloc(void *ptr, size_t size)
	HAK_MUST_USE HAK_ALLOC_SIZE(2);

/*
 * Does what hak_realloc() does with `count` * `size` bytes, and fails when that
 * product overflows.
 * Returns: the block, or NULL when it fails and when the product is 0.
 * Errors: ENOMEM: as for hak_realloc(), or the product overflows.
 * Signals: Limited
 */
HAK_API void *hak_reallocarray(void *ptr, size_t count, size_t size)
	HAK_MUST_USE HAK_ALLOC_SIZE2(2, 3);

/*
 * Frees the block `ptr`.  NULL does nothing.  errno keeps its value.
 * When `ptr` is not a live block, a message goes to stderr and the process is
 * aborted, wherever this can be seen cheaply; HAKMEM_BAD_FREE can change that.
 * Signals: Limited
 */
HAK_API void hak_free(void *ptr);

/*
 * Frees the block `ptr`, of which the program asked for `size` bytes: free_sized()
 * of C23.  A wrong size is undefined behaviour; hardened mode detects it.
 * Signals: Limited
 */
HAK_API void hak_free_sized(void *ptr, size_t size);

/*
 * Frees a block of hak_aligned_alloc(), with the same `alignment` and `size`:
 * free_aligned_sized() of C23.
 * Signals: Limited
 */
HAK_API void hak_free_aligned_sized(void *ptr, size_t alignment, size_t size);

/*
 * Allocates a block of at least `size` bytes that is aligned to `alignment`, a power
 * of two up to 1 GiB.  `size` need not be a multiple of it.
 * Returns: the block, or NULL.
 * Errors: EINVAL: `alignment` is not a power of two.
 * Errors: ENOMEM: memory has run out, `alignment` is above 1 GiB, or `size` is above
 * PTRDIFF_MAX.
 * Signals: Limited
 */
HAK_API void *hak_aligned_alloc(size_t alignment, size_t size)
	HAK_MALLOC_LIKE HAK_ALLOC_SIZE(2) HAK_ALLOC_ALIGN(1);

/*
 * Does what hak_aligned_alloc() does, in the form of POSIX: stores the block in *`out`.
 * When it fails, *`out` keeps its value.  errno keeps its value in any case.
 * Returns: 0, or one of the errors.
 * Errors: EINVAL: `alignment` is not a power of two, or not a multiple of the size of
 * a pointer.
 * Errors: ENOMEM: as for hak_aligned_alloc().
 * Signals: Limited
 */
HAK_API int hak_posix_memalign(void **out, size_t alignment, size_t size)
	HAK_MUST_USE;

/* ---- questions about blocks ------------------------------------------- */

/*
 * Tells how many bytes of the block `ptr` the program may use.  The number is exact,
 * and does not change as long as the block lives.
 * Returns: the number of bytes; 0 for NULL.
 * Signals: Unsafe
 */
HAK_API size_t hak_usable_size(const void *ptr);

/*
 * Tells the least that hak_usable_size() returns for a block of hak_malloc(`size`): a
 * thread that has used little memory so far may get a larger block.
 * Under HAKMEM_DISABLE it returns `size`, since libc does not tell.
 * Returns: the number of bytes; 0 when `size` is too large for any block.
 * Signals: Unsafe
 */
HAK_API size_t hak_good_size(size_t size);

/*
 * Tells whether `ptr` is the start of a place for a block in the memory of this
 * library.  The place may be in use or free.  Any value is safe: the function reads
 * nothing near `ptr`.
 * Returns: 1 if it is, else 0.
 * Signals: Unsafe
 */
HAK_API int hak_owns(const void *ptr);

/* ---- control ---------------------------------------------------------- */

/*
 * Gives free memory of the whole process back to the system: blocks that the
 * calling thread has in its caches, free pages, and mappings kept for reuse.  What
 * other threads have in their caches stays there.
 * Returns: the number of bytes given back.
 * Signals: Unsafe
 */
HAK_API size_t hak_purge(void);

/*
 * Makes `count` blocks for requests of `size` bytes ready in the cache of the
 * calling thread, as far as there is room in it, and has the system put memory
 * behind all of their pages.
 * Returns: how many blocks are ready; 0 for a size above 52 KiB, which threads do not
 * cache.
 * Signals: Unsafe
 */
HAK_API size_t hak_prewarm(size_t size, size_t count);

/*
 * Empties the caches of the calling thread.  Its free blocks go back to where other
 * threads find them.  Call it in a thread that is about to wait for long.
 * Signals: Unsafe
 */
HAK_API void hak_thread_flush(void);

/* ---- profiles --------------------------------------------------------- */

/*
 * Begins a profile: which places of the program allocate, and what of it lives.  Of
 * all bytes that are allocated about one in `bytes` is sampled, with the calls that led
 * there; 0 for `bytes` means 524288.  Blocks that were allocated before are not in it.
 * A profile that was ended is forgotten.  The variable HAKMEM_PROFILE does the same at
 * the start of a program.
 * Returns: 0, or one of the errors.
 * Errors: EALREADY: a profile is on.
 * Errors: EINVAL: `bytes` is above 1 GiB.
 * Errors: ENOENT: the plug-in libhakmem/profiler.so is missing; it is in the package
 * hakmem-tools.
 * Errors: ENOEXEC: the plug-in is of another version.
 * Errors: ENOTSUP: hardened mode or libc serves the program, or it is a static one.
 * Signals: Unsafe
 */
HAK_API int hak_profile_start(size_t bytes);

/*
 * Ends the profile, which stays as it is until the next one is begun: blocks that are freed
 * later still count as live.  Without a profile the function does nothing.
 * Signals: Unsafe
 */
HAK_API void hak_profile_stop(void);

/*
 * Writes the profile that is on, or was ended last, to the file `path`, in the
 * format of pprof.  A file of that name is replaced when the new one is complete; only
 * the user may read it.  Bytes and objects are estimates, exact on average.
 * Returns: 0, or the error.
 * Errors: EINVAL: `path` is NULL.
 * Errors: ENODATA: no profile was begun.
 * Errors: EINVAL, EISDIR, ELOOP: `path` is the name of something else than a file.
 * Errors: ENAMETOOLONG: `path` is too long.
 * Errors: ENOENT, ENOEXEC: as for hak_profile_start().
 * Errors: the error numbers of open(2), write(2) and rename(2).
 * Signals: Unsafe
 */
HAK_API int hak_profile_dump(const char *path);

/* ---- statistics ------------------------------------------------------- */

#define HAK_STATS_VERSION 1

/*
 * Filled by hak_stats().  The numbers are bytes, unless the comment says otherwise.
 * Later versions add fields at the end alone, and raise HAK_STATS_VERSION.
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
	uint64_t drains;         /* number of inbox drains with blocks */
	uint64_t drained;        /* number of blocks they brought */
	uint64_t remote_frees;   /* number of blocks sent to other heaps */
	uint64_t adoptions;      /* number of slabs of ended threads */
	uint64_t system_calls;   /* memory system calls made */
} hak_stats_t;

/*
 * Fills *`out`, but at most `size` bytes of it: pass sizeof *`out`.  The numbers are
 * exact when no other thread allocates or frees meanwhile.
 * Returns: 0, or the error.
 * Errors: EINVAL: `out` is NULL, or `size` is too small for the first two fields.
 * Signals: Unsafe
 */
HAK_API int hak_stats(hak_stats_t *out, size_t size);

/* What hak_stats_print() writes. */
#define HAK_STATS_TEXT 0u
#define HAK_STATS_JSON 1u

/*
 * Writes the statistics in the `format` HAK_STATS_TEXT or HAK_STATS_JSON.  The text
 * goes piece by piece to the function `write`, with `arg`; NULL for `write` sends it
 * to stderr.  `write` must not allocate from this library.  hakmem.stats(5) lists the
 * numbers; hakmem-stat(1) shows those of another process.
 * Returns: 0, or the error.
 * Errors: EINVAL: the format is unknown.
 * Signals: Unsafe
 */
HAK_API int hak_stats_print(void (*write)(void *arg, const char *text),
			    void *arg, unsigned format);

/*
 * Writes the events that HAKMEM_DEBUG_RING remembers, one on each line, the oldest
 * first, through `write` and `arg` as hak_stats_print() does.
 * Returns: the number of events; 0 when none are remembered.
 * Signals: Safe if `write` is NULL
 */
HAK_API size_t hak_debug_ring_print(void (*write)(void *arg, const char *text),
				    void *arg);

/*
 * Stores the value of the variable `name`, such as HAKMEM_PREWARM, in *`value`.
 * Where the value is one of several words, the number is the position of the word
 * in the list of its page, counted from 0.  Where it is a text, such as the name of a
 * file, the number is the length of the text: 0 when it is not set.
 * Returns: 0, or one of the errors.
 * Errors: EINVAL: a pointer is NULL.
 * Errors: ENOENT: no variable has this name.
 * Signals: Unsafe
 */
HAK_API int hak_option_get(const char *name, int64_t *value);

/*
 * Tells the version of the library that is loaded, for example "0.2.0".
 * Returns: a string that is never freed.
 * Signals: Safe
 */
HAK_API const char *hak_version(void);

#ifdef __cplusplus
}
#endif

#endif /* HAKMEM_H */
