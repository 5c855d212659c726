/* SPDX-License-Identifier: MIT */
/*
 * base: what an attacker must not know, one set for each process.
 *
 * Made from the 16 random bytes that the kernel hands to every program
 * (AT_RANDOM) and from where it put things: no system call, so that no sandbox
 * can be in the way.  The same bytes feed libc's stack canary; nothing here tells
 * them.  A forked child keeps its parent's secret, as it does with that canary.
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
	uint32_t key[CHACHA_KEY_WORDS]; /* of random numbers */
};

/* All zero until secret_start(), which comes before a second thread. */
extern HAK_HIDDEN struct secret secret;

/* Makes the secret; again: does nothing. */
HAK_HIDDEN void secret_start(void);

#endif /* HAK_SECRET_H */
