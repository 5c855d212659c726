/* SPDX-License-Identifier: MIT */
/*
 * start: what the library does when it is loaded.  Nothing depends on it: the
 * first allocation may come long before, and then has done most of this.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "api/backend.h"
#include "api/leaks.h"
#include "api/profiling.h"
#include "api/startup_report.h"
#include "base/bits.h"
#include "heap/heap.h"
#include "next_malloc/next_malloc.h"
#include "os/os_functions.h"
#include "purge/bg_purge.h"

#if defined(PIC) && defined(__GLIBC__)

static void nothing(void)
{
}

/*
 * Runs when this library is relocated.  An executable comes later, and its own
 * resolvers may allocate: then the loader has not filled the memory of __thread
 * variables yet, and the fast paths cannot do with zeros.  In a static program it runs
 * before there is any such memory.
 */
__attribute__((used)) /* clang does not see that it is */
static void (*resolve(void))(void)
{
	if (!libc_is_static())
		heap_self = (struct heap_front *)(uintptr_t)&heap_none;
	return nothing;
}

/* Called, so that the loader has to resolve it.  Static, clang would export it. */
HAK_HIDDEN void start_relocated(void) __attribute__((ifunc("resolve")));

#else

static void start_relocated(void)
{
}

#endif

/*
 * The library is linked with -z initfirst: others may allocate under a lock that
 * they take in a fork handler, so theirs have to run before ours, and those run
 * first that were registered last.  Then not even libc has shown its environment.
 */
__attribute__((constructor)) static void on_load(int argc, char **argv,
						 char **environment)
{
	(void)argc;
	(void)argv;
	start_relocated();
	heap_remember();
	if (!environ)
		environ = environment;
	os_functions_find();
	heap_load_options(); /* here, not under a lock: libc may allocate meanwhile */
	/* An early heap registers the fork handlers before most others do. */
	backend_choose()->thread_heap();
	/* Blocks may have been asked for before the options could be read. */
	if (backend_now() == &backend_libc)
		heap_give_up();
	bg_purge_allow();
	if (profiling_at_load)
		profiling_at_load();
	if (leaks_at_load)
		leaks_at_load();
	startup_report(options_get(OPTION_DEBUG_VERBOSE) ?
			       (int64_t)max_size((size_t)options_get(OPTION_VERBOSE), 1) :
			       options_get(OPTION_VERBOSE));
}
