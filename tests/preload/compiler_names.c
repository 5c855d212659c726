/* SPDX-License-Identifier: MIT */
/*
 * Calls every name of lib/interpose/compiler_names.h as compilers do.  names.h, which the
 * script makes from the library, has a line NAME(symbol) for each.
 */
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hakmem.h>

#define NAME(symbol) extern void symbol(void);
#include "names.h"
#undef NAME

static const struct {
	const char *text;
	void (*function)(void);
} names[] = {
#define NAME(symbol) {#symbol, symbol},
#include "names.h"
#undef NAME
};

enum { SIZE = 1000, ALIGNMENT = 512, HOT = 200, TOKEN = 7 };

/* What __size_returning_new() gives. */
struct sized {
	void *block;
	size_t size;
};

/* Functions by their parameters: P a pointer, S a size, B the byte __hot_cold_t. */
typedef void *taking_ss(size_t, size_t);
typedef void *taking_sss(size_t, size_t, size_t);
typedef void *taking_pss(void *, size_t, size_t);
typedef void *taking_psss(void *, size_t, size_t, size_t);
typedef int aligned_into(void **, size_t, size_t, size_t);
typedef void *new_form(size_t, unsigned char, size_t);
typedef void *new_tag_form(size_t, const void *, unsigned char, size_t);
typedef void *new_aligned_form(size_t, size_t, unsigned char, size_t);
typedef void *new_aligned_tag_form(size_t, size_t, const void *, unsigned char, size_t);
typedef struct sized sized_form(size_t, unsigned char, size_t);
typedef struct sized sized_aligned_form(size_t, size_t, unsigned char, size_t);

static void fail(const char *name, const char *why)
{
	printf("%s: %s\n", name, why);
	exit(1);
}

static int has(const char *name, const char *part)
{
	return strstr(name, part) != NULL;
}

static int ends(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length >= tail && strcmp(name + length - tail, end) == 0;
}

static void *keeps(const char *name, void *block)
{
	if (memcmp(block, "kept", 4) != 0)
		fail(name, "the contents are lost");
	return block;
}

static void *call_c(const char *name, void (*f)(void))
{
	void *old = malloc(20), *block = NULL;

	memcpy(old, "kept", 4);
	if (ends(name, "reallocarray"))
		return keeps(name, ((taking_psss *)f)(old, 10, SIZE / 10, TOKEN));
	if (ends(name, "realloc"))
		return keeps(name, ((taking_pss *)f)(old, SIZE, TOKEN));
	free(old);
	if (ends(name, "calloc"))
		return ((taking_sss *)f)(10, SIZE / 10, TOKEN);
	if (ends(name, "posix_memalign")) {
		if (((aligned_into *)f)(&block, ALIGNMENT, SIZE, TOKEN) != 0)
			fail(name, "an error");
		return block;
	}
	if (ends(name, "aligned_alloc") || ends(name, "memalign"))
		return ((taking_sss *)f)(ALIGNMENT, SIZE, TOKEN);
	return ((taking_ss *)f)(SIZE, TOKEN);
}

static void *call_sized(const char *name, void (*f)(void))
{
	struct sized sized = has(name, "_aligned") ?
		((sized_aligned_form *)f)(SIZE, ALIGNMENT, HOT, TOKEN) :
		((sized_form *)f)(SIZE, HOT, TOKEN);

	if (sized.size != malloc_usable_size(sized.block))
		fail(name, "the size is not the usable one");
	return sized.block;
}

static void *call_new(const char *name, void (*f)(void))
{
	static const char tag;

	if (has(name, "align_val_t"))
		return has(name, "nothrow_t") ?
			((new_aligned_tag_form *)f)(SIZE, ALIGNMENT, &tag, HOT, TOKEN) :
			((new_aligned_form *)f)(SIZE, ALIGNMENT, HOT, TOKEN);
	return has(name, "nothrow_t") ? ((new_tag_form *)f)(SIZE, &tag, HOT, TOKEN) :
					((new_form *)f)(SIZE, HOT, TOKEN);
}

static void try(const char *name, void (*f)(void))
{
	int is_new = has(name, "_Zn"), is_sized = has(name, "size_returning");
	void *block = is_new   ? call_new(name, f) :
		      is_sized ? call_sized(name, f) :
				 call_c(name, f);
	int is_aligned = has(name, "align");

	if (!hak_owns(block) || hak_usable_size(block) < SIZE)
		fail(name, "no such block of the library");
	if (is_aligned && (uintptr_t)block % ALIGNMENT != 0)
		fail(name, "the alignment is lost");
	if (ends(name, "calloc") && memchr(block, 1, SIZE))
		fail(name, "the block is not zero");
	memset(block, 1, hak_usable_size(block));
	free(block);
}

#ifdef REPLACES
/* The program's own operator new: the other names call it. */
static char own[2048];

void *_Znwm(size_t size);
void *_Znwm(size_t size)
{
	(void)size;
	return own;
}

static void try_replaced(const char *name, void (*f)(void))
{
	if (ends(name, "_Znwm") || ends(name, "_Znwm12__hot_cold_t")) {
		if (((new_form *)f)(SIZE, HOT, TOKEN) != own)
			fail(name, "not the program's own operator");
	} else if (has(name, "size_returning") && !has(name, "_aligned")) {
		struct sized sized = ((sized_form *)f)(SIZE, HOT, TOKEN);

		if (sized.block != own || sized.size != SIZE)
			fail(name, "not the program's own operator, or another size");
	}
}
#define try try_replaced
#endif

int main(void)
{
	size_t count = sizeof(names) / sizeof(*names);

	for (size_t i = 0; i < count; i++)
		try(names[i].text, names[i].function);
	printf("%zu names\n", count);
	return 0;
}
