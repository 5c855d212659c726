/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "next_malloc/next_malloc.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>

#include "base/message.h"
#include "stats/stats.h"

/* The functions behind ours in the loader's order; constant once libc serves. */
static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *block, size_t size);
	void *(*memalign)(size_t alignment, size_t size);
	size_t (*malloc_usable_size)(const void *block); /* NULL: there is none */
	void (*free)(void *block); /* found last */
} behind;

#define FIND(name) \
	((behind.name = (__typeof__(behind.name))libc_next(#name)) != NULL)

/* Nothing is behind us there, and dlsym() would load libraries to look. */
bool libc_is_static(void)
{
	const ElfW(Phdr) *header = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	size_t count = getauxval(AT_PHNUM);

	for (size_t i = 0; i < count; i++)
		if (header[i].p_type == PT_INTERP)
			return false;
	return true;
}

static bool find_next(void)
{
	if (libc_is_static())
		return false;
	(void)FIND(malloc_usable_size);
	return FIND(malloc) && FIND(calloc) && FIND(realloc) && FIND(memalign) &&
	       FIND(free);
}

/* What every libc aligns to on 64-bit machines. */
#define LIBC_ALIGN 16

/* Old libcs allocate in dlsym(): meanwhile the program is still ours. */
void libc_start(void)
{
	if (!libc_serves() || behind.free)
		return;
	option_values[OPTION_DISABLE] = 0;
	if (find_next()) {
		stats_totals.disabled = 1;
		option_values[OPTION_DISABLE] = 1;
		return;
	}
	message_say("HAKMEM_DISABLE=1: there is no other malloc to hand the program to; "
		    "it stays on libhakmem");
}

void *libc_alloc(size_t size, size_t alignment, bool *zeroed)
{
	if (*zeroed)
		return behind.calloc(1, size);
	return alignment <= LIBC_ALIGN ? behind.malloc(size) :
					 behind.memalign(alignment, size);
}

void *libc_resize(void *block, size_t size)
{
	return behind.realloc(block, size);
}

void libc_free(void *block, uint32_t word)
{
	(void)word;
	behind.free(block);
}

size_t libc_usable_size(const void *block)
{
	return behind.malloc_usable_size ? behind.malloc_usable_size(block) : 0;
}

void *libc_next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}
