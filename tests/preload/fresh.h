/* SPDX-License-Identifier: MIT */
/* A block that the compiler cannot do without. */
#ifndef HAK_TESTS_FRESH_H
#define HAK_TESTS_FRESH_H

#include <stdlib.h>

static inline void *fresh(size_t size)
{
	void *block = malloc(size);

	__asm__ volatile("" : : "r"(block) : "memory");
	if (!block)
		abort();
	return block;
}

#endif /* HAK_TESTS_FRESH_H */
