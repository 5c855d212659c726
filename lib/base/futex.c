/* SPDX-License-Identifier: MIT */
#include "base/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void futex(uint32_t *word, int operation, uint32_t value,
		  const struct timespec *timeout)
{
	int saved = errno;

	syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, 0, 0);
	errno = saved;
}

void futex_wait(uint32_t *word, uint32_t value, uint32_t milliseconds)
{
	struct timespec timeout = {
		.tv_sec = (time_t)(milliseconds / 1000),
		.tv_nsec = (long)(milliseconds % 1000) * 1000000,
	};

	futex(word, FUTEX_WAIT, value, milliseconds != 0 ? &timeout : NULL);
}

void futex_wake(uint32_t *word)
{
	futex(word, FUTEX_WAKE, 1, NULL);
}
