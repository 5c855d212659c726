/* SPDX-License-Identifier: MIT */
/*
 * probe: places where a tracer can look on from outside (USDT); probes.def has a row for
 * each.  A probe is one nop.  A note in the file says where it is, and in which registers
 * its arguments are.  A library that was built without <sys/sdt.h> has no probes.
 *
 * A source file has probes with semaphores alone, and defines HAK_PROBE_SEMAPHORES before
 * it includes this one, or has none with a semaphore.
 */
#ifndef HAK_PROBE_H
#define HAK_PROBE_H

#include "base/atomics.h"
#include "base/attributes.h"

#ifdef HAK_USDT

#ifdef HAK_PROBE_SEMAPHORES
#define _SDT_HAS_SEMAPHORES 1
#endif
#define SDT_USE_VARIADIC 1
#ifdef __clang__ /* it would store arguments, although they are in registers */
#define STAP_SDT_ARG_CONSTRAINT nr
#endif
#include <sys/sdt.h>

#define HAK_PROBE(provider, name, ...) STAP_PROBEV(provider, name, __VA_ARGS__)

/* The number of tracers at a probe: the kernel or a debugger writes it.  Relaxed. */
#define PROBE_SEMAPHORE_no(semaphore)
#define PROBE_SEMAPHORE_yes(semaphore) extern HAK_HIDDEN unsigned short semaphore;
#define PROBE(provider, name, semaphore, ...) \
	PROBE_SEMAPHORE_##semaphore(provider##_##name##_semaphore)
#include "base/probes.def"
#undef PROBE

#define PROBE_IS_WANTED(provider, name) \
	unlikely(load_relaxed(&provider##_##name##_semaphore) != 0)

#else /* HAK_USDT */

/* Never called. */
int probe_none(int unused, ...);
#define HAK_PROBE(provider, name, ...) ((void)sizeof(probe_none(0, __VA_ARGS__)))
#define PROBE_IS_WANTED(provider, name) 0

#endif /* HAK_USDT */

#endif /* HAK_PROBE_H */
