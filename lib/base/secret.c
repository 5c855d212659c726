/* SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>

/* How many bytes AT_RANDOM points to. */
#define KERNEL_BYTES 16

HAK_NEAR struct secret secret;

void secret_start(void)
{
	HAK_NEAR static bool started; /* written before a second thread exists */
	uint32_t seed[CHACHA_KEY_WORDS], out[CHACHA_FOUR];
	const void *kernel = (const void *)getauxval(AT_RANDOM);
	uintptr_t places[2] = {(uintptr_t)&seed, (uintptr_t)&secret};

	if (started)
		return;
	started = true;
	memset(seed, 0, sizeof(seed));
	if (kernel)
		memcpy(seed, kernel, KERNEL_BYTES);
	memcpy(seed + KERNEL_BYTES / sizeof(*seed), places, sizeof(places));
	chacha_four(seed, 0, 0, out);
	_Static_assert(sizeof(secret) <= sizeof(out), "four blocks fill it");
	memcpy(&secret, out, sizeof(secret));
}
