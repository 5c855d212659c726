/* SPDX-License-Identifier: MIT */
/* interpose: the C functions under the names of compiler_names.h. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

#include "interpose/compiler_names.h"

/* FORM(result, public name, parameters, arguments) */
#define FORM(result, name, parameters, arguments) \
	static result call_##name parameters      \
	{                                         \
		return name arguments;            \
	}                                         \
	TOKEN_NAMES(call_##name, usual, #name)

FORM(void *, malloc, (size_t size), (size))
FORM(void *, calloc, (size_t count, size_t size), (count, size))
FORM(void *, realloc, (void *ptr, size_t size), (ptr, size))
FORM(void *, reallocarray, (void *ptr, size_t count, size_t size), (ptr, count, size))
FORM(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
FORM(void *, memalign, (size_t alignment, size_t size), (alignment, size))
FORM(void *, valloc, (size_t size), (size))
FORM(void *, pvalloc, (size_t size), (size))
FORM(int, posix_memalign, (void **out, size_t alignment, size_t size),
     (out, alignment, size))
