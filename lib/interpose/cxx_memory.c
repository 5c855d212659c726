/* SPDX-License-Identifier: MIT */
/*
 * A file of its own, so that no compiler sees which functions the public names are.
 */
#define _GNU_SOURCE
#include "interpose/cxx_memory.h"

#include <dlfcn.h>
#include <link.h>

HAK_NEAR bool cxx_malloc_is_foreign, cxx_aligned_alloc_is_foreign;

/* Those of malloc.c.  Weak: in a static program they may not be linked. */
extern HAK_HIDDEN __typeof__(malloc) interpose_malloc __attribute__((weak));
extern HAK_HIDDEN __typeof__(aligned_alloc) interpose_aligned_alloc __attribute__((weak));
/* Weak: a strong reference would add malloc.c to a static program with its own malloc. */
#pragma weak aligned_alloc

/*
 * A program that is not position-independent may give its PLT entry as the address
 * of a function that it does not define: the symbol is undefined there.
 */
static bool is_plt_entry(const void *address)
{
#ifdef PIC
	const ElfW(Sym) *symbol = NULL;
	Dl_info info;

	return dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) != 0 &&
	       symbol && symbol->st_shndx == SHN_UNDEF;
#else
	(void)address;
	return false;
#endif
}

/* Other constructors may use new: priority 101 is the first that is not reserved. */
__attribute__((constructor(101))) static void look_at_public_names(void)
{
	if (malloc == interpose_malloc || is_plt_entry((const void *)malloc))
		return;
	cxx_malloc_is_foreign = true;
	cxx_aligned_alloc_is_foreign = aligned_alloc != interpose_aligned_alloc &&
				       !is_plt_entry((const void *)aligned_alloc);
}

/* The runtime never asks for 0 bytes. */
void *cxx_foreign_malloc(size_t size)
{
	return malloc(size + (size == 0));
}

/* C11: the size is a multiple of the alignment, which some allocators demand. */
void *cxx_foreign_aligned(size_t size, size_t alignment)
{
	size_t usual = max_size(alignment, sizeof(void *));

	if (size > PTRDIFF_MAX - usual)
		return NULL;
	return aligned_alloc(usual, align_up(size + (size == 0), usual));
}
