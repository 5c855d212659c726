/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "libc/libc_malloc.h"

#include <dlfcn.h>

#include "base/atomics.h"
#include "base/message.h"
#include "stats/stats.h"

/* Names of glibc that nobody interposes; another libc may lack them. */
extern void *__libc_malloc(size_t size) __attribute__((weak));
extern void *__libc_calloc(size_t count, size_t size) __attribute__((weak));
extern void *__libc_realloc(void *block, size_t size) __attribute__((weak));
extern void *__libc_memalign(size_t alignment, size_t size) __attribute__((weak));
extern void __libc_free(void *block) __attribute__((weak));

/* What every libc aligns to on 64-bit machines. */
#define LIBC_ALIGN 16

void libc_start(void)
{
	struct message m;

	if (!libc_serves())
		return;
	if (__libc_malloc && __libc_calloc && __libc_realloc && __libc_memalign &&
	    __libc_free) {
		stats_totals.disabled = 1;
		return;
	}
	option_values[OPTION_DISABLE] = 0;
	message_start(&m);
	message_text(&m, "hakmem: HAKMEM_DISABLE=1: this libc has no __libc_malloc to hand the program to; it stays on libhakmem");
	message_send(&m);
}

void *libc_alloc(size_t size, size_t alignment)
{
	return alignment <= LIBC_ALIGN ? __libc_malloc(size) :
					 __libc_memalign(alignment, size);
}

void *libc_alloc_zeroed(size_t size)
{
	return __libc_calloc(1, size);
}

void *libc_resize(void *block, size_t size)
{
	return __libc_realloc(block, size);
}

void libc_free(void *block)
{
	__libc_free(block);
}

void *libc_next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* glibc has no second name for this one, so it is looked up when first needed. */
size_t libc_usable_size(const void *block)
{
	static void *next; /* any thread writes the same value, relaxed */
	void *known = load_relaxed(&next);

	if (!known) {
		known = libc_next("malloc_usable_size");
		store_relaxed(&next, known);
	}
	return known ? ((size_t(*)(const void *))known)(block) : 0;
}
