/* SPDX-License-Identifier: MIT */
/*
 * base: numbers that an attacker must not know, one set for each process.
 *
 * They are made from the 16 random bytes that the kernel gives to every program
 * (AT_RANDOM) and from the addresses that it chose.  This takes no system call, so it
 * works in every sandbox.  libc makes its stack canary from the same bytes; they cannot
 * be computed from our numbers.  A forked child keeps the secret of its parent, as it
 * keeps the stack canary.
 */
#ifndef HAK_SECRET_H
#define HAK_SECRET_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/chacha.h"

struct secret {
	uint64_t link;	 /* encodes links inside blocks */
	uint64_t mark;	 /* goes into the mark of a free block */
	uint64_t canary; /* goes into every canary */
	uint32_t key[CHACHA_KEY_WORDS]; /* of the random numbers */
};

/* All zero until secret_start(), which comes before a second thread. */
extern HAK_HIDDEN struct secret secret;

/* Makes the secret.  A second call does nothing. */
HAK_HIDDEN void secret_start(void);

#endif /* HAK_SECRET_H */
