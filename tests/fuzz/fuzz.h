/* SPDX-License-Identifier: MIT */
/*
 * fuzz: each target is a function from bytes to nothing, which aborts when what
 * must hold does not.  libFuzzer calls it (fuzz.sh), or replay.c with files.
 */
#ifndef HAK_FUZZ_H
#define HAK_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition)                                            \
	do {                                                       \
		if (!(condition)) {                                \
			printf("%s:%d: not so: %s\n", __FILE__,    \
			       __LINE__, #condition);              \
			fflush(stdout);                            \
			abort();                                   \
		}                                                  \
	} while (0)

/* The bytes up to the first NUL among them, as a string of its own size. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return strndup((const char *)data, size);
}

#endif /* HAK_FUZZ_H */
