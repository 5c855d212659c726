/* SPDX-License-Identifier: MIT */
/*
 * A kernel that refuses, has larger pages or other addresses.
 *
 * The functions defined here take the place of those by which the library asks the
 * system (os/os_functions.h).  To be included by the one source of such a program.
 */
#ifndef HAK_TESTS_KERNEL_H
#define HAK_TESTS_KERNEL_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/os_functions.h"

enum call {
	CALL_MMAP,
	CALL_MUNMAP,
	CALL_MREMAP,
	CALL_MADVISE,
	CALL_MPROTECT,
	CALL_COUNT
};

static const char *const call_names[] = {"mmap", "munmap", "mremap", "madvise",
					 "mprotect"};

/* How many calls of a kind there were, and which are refused. */
static struct {
	enum call kind;
	uint64_t first; /* counted from 1; 0: none */
	uint64_t last;
	uint64_t seen[CALL_COUNT]; /* fetch-and-add */
} plan;

static uint64_t kernel_mapped; /* bytes of address space; fetch-and-add */

static bool is_refused(enum call kind)
{
	uint64_t number = __atomic_add_fetch(&plan.seen[kind], 1, __ATOMIC_RELAXED);

	if (kind != plan.kind || plan.first == 0 || number < plan.first ||
	    number > plan.last)
		return false;
	errno = ENOMEM;
	return true;
}

static size_t kernel_setting(const char *name, size_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

/* HAK_TEST_PAGE: bytes, a multiple of the real ones. */
static size_t kernel_page(void)
{
	static size_t page;

	if (page == 0)
		page = kernel_setting("HAK_TEST_PAGE", 4096);
	return page;
}

/*
 * HAK_TEST_ADDRESS_BITS: where memory is that nobody asked to be elsewhere.
 * Above the 47 that all machines have there is only the number of an address.
 */
static unsigned kernel_bits(void)
{
	static size_t bits;

	if (bits == 0)
		bits = kernel_setting("HAK_TEST_ADDRESS_BITS", 47);
	return (unsigned)bits;
}

unsigned long getauxval(unsigned long type)
{
	static unsigned long (*real)(unsigned long);

	if (type == AT_PAGESZ)
		return kernel_page();
	if (!real)
		real = (unsigned long (*)(unsigned long))dlsym(RTLD_NEXT, "getauxval");
	return real(type);
}

static size_t page_up(size_t size)
{
	return (size + kernel_page() - 1) & ~(kernel_page() - 1);
}

/* As the kernel says it of an address between its pages. */
static bool is_odd(const void *address)
{
	if (((uintptr_t)address & (kernel_page() - 1)) == 0)
		return false;
	errno = EINVAL;
	return true;
}

static bool is_imaginary(const void *address)
{
	return (uintptr_t)address >> 47 != 0;
}

static void *real_mmap(void *address, size_t size, int protection, int flags)
{
	return (void *)syscall(SYS_mmap, address, size, protection, flags, -1,
			       (off_t)0);
}

static void real_munmap(void *address, size_t size)
{
	if (size != 0)
		syscall(SYS_munmap, address, size);
}

/* The kernel's choice, a multiple of its page. */
static void *map_at_page(size_t size, int protection, int flags)
{
	size_t slack = kernel_page() - 4096, before;
	char *whole = real_mmap(NULL, size + slack, protection, flags);

	if (whole == MAP_FAILED)
		return whole;
	before = -(uintptr_t)whole & (kernel_page() - 1);
	real_munmap(whole, before);
	real_munmap(whole + before + size, slack - before);
	return whole + before;
}

/* From the top of an address space of few bits down. */
static void *map_below_limit(size_t size, int protection, int flags)
{
	static uintptr_t low; /* below the last one; fetch-and-subtract */
	uintptr_t none = 0, top = (uintptr_t)1 << kernel_bits();
	void *place, *got;

	__atomic_compare_exchange_n(&low, &none, top, 0, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
	do {
		place = (void *)__atomic_sub_fetch(&low, size, __ATOMIC_RELAXED);
		got = real_mmap(place, size, protection,
				flags | MAP_FIXED_NOREPLACE);
	} while (got == MAP_FAILED && errno == EEXIST);
	return got;
}

static void *map_imaginary(size_t size)
{
	static uintptr_t next; /* fetch-and-add */

	return (void *)(((uintptr_t)1 << (kernel_bits() - 1)) +
			__atomic_fetch_add(&next, size, __ATOMIC_RELAXED));
}

static void *map_freely(size_t size, int protection, int flags)
{
	if (kernel_bits() > 47)
		return map_imaginary(size);
	if (kernel_bits() < 47)
		return map_below_limit(size, protection, flags);
	return map_at_page(size, protection, flags);
}

static void *map_hinted(void *hint, size_t size, int protection, int flags)
{
	void *address;

	if (is_odd(hint))
		return map_freely(size, protection, flags);
	address = real_mmap(hint, size, protection, flags);
	if (address == hint || address == MAP_FAILED)
		return address;
	real_munmap(address, size);
	return map_freely(size, protection, flags);
}

static void *kernel_mmap(void *address, size_t size, int protection, int flags, int fd,
	   off_t offset)
{
	void *place;

	(void)fd;
	(void)offset;
	if (is_refused(CALL_MMAP))
		return MAP_FAILED;
	size = page_up(size);
	place = address ? map_hinted(address, size, protection, flags) :
			  map_freely(size, protection, flags);
	if (place != MAP_FAILED)
		__atomic_fetch_add(&kernel_mapped, size, __ATOMIC_RELAXED);
	return place;
}

static int kernel_munmap(void *address, size_t size)
{
	if (is_refused(CALL_MUNMAP) || is_odd(address))
		return -1;
	size = page_up(size);
	__atomic_fetch_sub(&kernel_mapped, size, __ATOMIC_RELAXED);
	if (is_imaginary(address))
		return 0;
	return (int)syscall(SYS_munmap, address, size);
}

static int kernel_madvise(void *address, size_t size, int advice)
{
	if (is_refused(CALL_MADVISE) || is_odd(address))
		return -1;
	return (int)syscall(SYS_madvise, address, page_up(size), advice);
}

static int kernel_mprotect(void *address, size_t size, int protection)
{
	if (is_refused(CALL_MPROTECT) || is_odd(address))
		return -1;
	return (int)syscall(SYS_mprotect, address, page_up(size), protection);
}

/* To the place that mmap() would find, which is what the kernel does. */
static void *move_freely(void *address, size_t old_size, size_t size)
{
	void *place = map_freely(size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);

	if (place == MAP_FAILED || is_imaginary(place)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mremap, address, old_size, size,
			       MREMAP_MAYMOVE | MREMAP_FIXED, place);
}

static void *grow_in_place(void *address, size_t old_size, size_t size)
{
	if (((uintptr_t)address + size - 1) >> kernel_bits() != 0) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mremap, address, old_size, size, 0);
}

static void *kernel_mremap(void *address, size_t old_size, size_t size, int flags, ...)
{
	void *place;

	if (is_refused(CALL_MREMAP) || is_odd(address))
		return MAP_FAILED;
	old_size = page_up(old_size);
	size = page_up(size);
	place = (flags & MREMAP_MAYMOVE) ?
			move_freely(address, old_size, size) :
			grow_in_place(address, old_size, size);
	if (place != MAP_FAILED)
		__atomic_fetch_add(&kernel_mapped, size - old_size,
				   __ATOMIC_RELAXED);
	return place;
}

/* In place of the library's own object of this name. */
struct os_functions os_functions = {
	.mmap = kernel_mmap,
	.munmap = kernel_munmap,
	.mremap = kernel_mremap,
	.mprotect = kernel_mprotect,
	.madvise = kernel_madvise,
};

void os_functions_find(void)
{
}

#endif /* HAK_TESTS_KERNEL_H */
