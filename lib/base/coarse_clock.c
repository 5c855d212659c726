/* SPDX-License-Identifier: MIT */
#include "base/coarse_clock.h"

#include <errno.h>
#include <sys/auxv.h>
#include <time.h>

#include "base/atomics.h"

/* getauxval() may set errno, and malloc() keeps it. */
static int look_for_vdso(void)
{
	int saved = errno;
	int found = getauxval(AT_SYSINFO_EHDR) != 0 ? 1 : -1;

	errno = saved;
	return found;
}

uint64_t coarse_clock_ms(void)
{
	/* 0: not known yet, 1: there is one, -1: none.  All threads write the same value. */
	HAK_NEAR static int vdso;
	int known = load_relaxed(&vdso);
	struct timespec now;

	if (unlikely(known == 0)) {
		known = look_for_vdso();
		store_relaxed(&vdso, known);
	}
	if (known < 0 || clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 + 1;
}
