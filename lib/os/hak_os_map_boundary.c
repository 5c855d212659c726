/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "os/hak_os_map_boundary.h"

#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "base/probe.h"
#include "os/os_functions.h"
#include "stats/stats.h"

/*
 * Some CPUs have addresses of 57 bits.  Nearly all kernels return an address above
 * OS_ADDRESS_BITS only if the caller asks for one.  With the other kernels we ask for
 * low addresses, beginning with this one.
 */
#define LOW_FIRST ((uintptr_t)1 << 45)

HAK_NEAR static size_t held; /* see os_held(); written by any thread, relaxed */
static size_t limit = SIZE_MAX; /* set once at start; relaxed */
HAK_NEAR static bool names_maps; /* any thread, relaxed */

/* The low address to ask for next; 0: no need to ask.  Any thread; relaxed. */
HAK_NEAR static uintptr_t low_next;

size_t os_page_size(void)
{
	HAK_NEAR static size_t size; /* any thread writes the same value, relaxed */
	size_t known = load_relaxed(&size);

	if (unlikely(known == 0)) {
		known = getauxval(AT_PAGESZ);
		store_relaxed(&size, known);
	}
	return known;
}

void os_set_limit(size_t bytes)
{
	store_relaxed(&limit, bytes);
}

size_t os_room(void)
{
	return excess_of(load_relaxed(&limit), os_held());
}

void os_name_maps(void)
{
	store_relaxed(&names_maps, true);
}

void os_name(void *address, size_t size, const char *name)
{
	int saved = errno;

	if (likely(!load_relaxed(&names_maps)))
		return;
	if (os_functions.set_name(address, size, name) != 0 && errno == EINVAL)
		store_relaxed(&names_maps, false); /* this kernel has no names */
	errno = saved;
}

size_t os_held(void)
{
	return load_relaxed(&held);
}

static void release_range(size_t size)
{
	sub_relaxed(&held, size);
}

/*
 * Counts memory before the kernel is asked for it.  False when it would exceed the
 * limit: then nothing is counted, so that a smaller request of another thread succeeds.
 */
static bool claim_range(size_t size)
{
	size_t most = load_relaxed(&limit), now = load_relaxed(&held);

	do {
		if (size > most || now > most - size)
			return false;
	} while (!cas_acquire(&held, &now, now + size));
	return true;
}

/* Makes a system call, counts it, and keeps errno, which a function of libc may set. */
#define CALL(name, ...)                                            \
	({                                                         \
		int saved = errno;                                 \
		__typeof__(os_functions.name(__VA_ARGS__)) result; \
								   \
		add_relaxed(&stats_totals.name, 1);                    \
		result = os_functions.name(__VA_ARGS__);           \
		errno = saved;                                     \
		result;                                            \
	})

static bool unmap(void *address, size_t size)
{
	return CALL(munmap, address, size) == 0;
}

/* What os_held() counts is no memory of the process any more. */
static void give_back(void *address, size_t size)
{
	HAK_PROBE(hakmem, unmap, address, size);
	release_range(size);
}

bool os_unmap(void *address, size_t size)
{
	if (!unmap(address, size))
		return false;
	give_back(address, size);
	return true;
}

static bool advise(void *address, size_t size, int advice)
{
	return CALL(madvise, address, size, advice) == 0;
}

bool os_purge(void *address, size_t size)
{
	if (!advise(address, size, MADV_DONTNEED))
		return false;
	HAK_PROBE(hakmem, purge, address, size);
	return true;
}

void os_release(void *address, size_t size)
{
	if (!unmap(address, size))
		os_purge(address, size);
	give_back(address, size);
}

static bool is_low(const void *address, size_t size)
{
	return ((uintptr_t)address + size - 1) >> OS_ADDRESS_BITS == 0;
}

static void *map_anywhere(void *hint, size_t size, int protection)
{
	void *address = CALL(mmap, hint, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return address == MAP_FAILED ? NULL : address;
}

/* At the hint if that place is free, else where the kernel chooses. */
static void *map_at(void *hint, size_t size, int protection)
{
	bool ask = load_relaxed(&low_next) != 0;
	void *address;

	if (unlikely(ask && !hint))
		hint = (void *)add_relaxed(&low_next, size);
	address = map_anywhere(hint, size, protection);
	if (!address || likely(is_low(address, size)))
		return address;
	unmap(address, size);
	if (ask)
		return NULL;
	store_relaxed(&low_next, LOW_FIRST);
	return map_at(NULL, size, protection);
}

/* Maps more than was asked for, and unmaps both ends. */
static void *map_trimmed(size_t size, size_t alignment, int protection)
{
	size_t slack = alignment - os_page_size();
	char *whole, *aligned;
	size_t before, after;

	if (size + slack < size)
		return NULL;
	whole = map_at(NULL, size + slack, protection);
	if (!whole)
		return NULL;
	aligned = (char *)align_up((uintptr_t)whole, alignment);
	before = (size_t)(aligned - whole);
	after = slack - before;
	/* No page was touched: if unmapping fails, only address space is lost. */
	if (before != 0)
		unmap(whole, before);
	if (after != 0)
		unmap(aligned + size, after);
	return aligned;
}

/*
 * The kernel fills address space from the top down.  So if its choice is not aligned, the
 * aligned place just below is most likely free.
 */
static void *map_aligned(size_t size, size_t alignment, int protection)
{
	void *hint = NULL;

	for (int i = 0; i < 2; i++) {
		void *address = map_at(hint, size, protection);

		if (!address || is_aligned_to(address, alignment))
			return address;
		unmap(address, size);
		hint = (void *)align_down((uintptr_t)address, alignment);
	}
	return map_trimmed(size, alignment, protection);
}

/* After claim_range(); NULL: there is no memory after all. */
static void *took(void *address, size_t size)
{
	if (!address)
		release_range(size);
	else
		HAK_PROBE(hakmem, map, address, size);
	return address;
}

void *os_map(size_t size, size_t alignment)
{
	if (!claim_range(size))
		return NULL;
	return took(map_aligned(size, alignment, PROT_READ | PROT_WRITE), size);
}

void *os_map_at(uintptr_t place, size_t size)
{
	void *address;

	if (!claim_range(size))
		return NULL;
	address = map_at((void *)place, size, PROT_READ | PROT_WRITE);
	if (address && address != (void *)place) {
		unmap(address, size);
		address = NULL;
	}
	return took(address, size);
}

bool os_want_huge_pages(void *address, size_t size, bool want)
{
	return advise(address, size, want ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

/* Counts the difference.  Shrinking succeeds under any limit. */
static void *resize(void *old, size_t old_size, size_t new_size, int flags)
{
	size_t more = new_size > old_size ? new_size - old_size : 0;
	void *address;

	if (!claim_range(more))
		return NULL;
	address = CALL(mremap, old, old_size, new_size, flags);
	if (address == MAP_FAILED) {
		release_range(more);
		return NULL;
	}
	HAK_PROBE(hakmem, unmap, old, old_size);
	HAK_PROBE(hakmem, map, address, new_size);
	if (new_size < old_size)
		release_range(old_size - new_size);
	return address;
}

bool os_resize(void *address, size_t old_size, size_t new_size)
{
	return resize(address, old_size, new_size, 0) != NULL;
}

void *os_move(void *address, size_t old_size, size_t new_size)
{
	if (load_relaxed(&low_next) != 0) /* mremap cannot ask for a low one */
		return NULL;
	return resize(address, old_size, new_size, MREMAP_MAYMOVE);
}

void *os_reserve(size_t size, size_t alignment)
{
	return map_aligned(size, alignment, PROT_NONE);
}

void os_unreserve(void *address, size_t size)
{
	unmap(address, size);
}

bool os_commit(void *address, size_t size)
{
	if (!claim_range(size))
		return false;
	return took(CALL(mprotect, address, size, PROT_READ | PROT_WRITE) == 0 ?
			    address :
			    NULL,
		    size) != NULL;
}

/* Fresh pages in the place of these. */
static bool replace(void *address, size_t size, int protection, int flags)
{
	return CALL(mmap, address, size, protection,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | flags, -1, 0) != MAP_FAILED;
}

/* The kernel joins no mappings whose flags differ. */
bool os_purge_apart(void *address, size_t size)
{
	if (!replace(address, size, PROT_READ | PROT_WRITE, MAP_NORESERVE))
		return false;
	HAK_PROBE(hakmem, purge, address, size);
	return true;
}

bool os_seal(void *address, size_t size)
{
	if (!replace(address, size, PROT_NONE, 0))
		return false;
	give_back(address, size);
	return true;
}
