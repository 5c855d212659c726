/* SPDX-License-Identifier: MIT */
#include "base/probe.h"

#ifdef HAK_USDT

/* Tracers look for them in this section. */
#undef PROBE_SEMAPHORE_yes
#define PROBE_SEMAPHORE_yes(semaphore) \
	unsigned short semaphore __attribute__((section(".probes")));
#define PROBE(provider, name, semaphore, ...) \
	PROBE_SEMAPHORE_##semaphore(provider##_##name##_semaphore)
#include "base/probes.def"
#undef PROBE

#endif /* HAK_USDT */
