/* SPDX-License-Identifier: MIT */
/*
 * start: what the library does when it is loaded, and what it says of itself then.
 * Nothing depends on it: the first allocation may come long before, and then has done
 * most of this.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "api/backend.h"
#include "api/profiling.h"
#include "base/die.h"
#include "base/message.h"
#include "hakmem.h"
#include "heap/heap.h"
#include "next_malloc/next_malloc.h"
#include "options/options.h"
#include "os/os_functions.h"
#include "purge/bg_purge.h"
#include "size_class/size_class.h"

/* ---- when it is relocated ---- */

#ifdef PIC

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

/* ---- HAKMEM_VERBOSE ---- */

/* What configure chose. */
static const char build[] = "built with "
#ifndef HAK_INTERPOSITION
	"no "
#endif
	"malloc, "
#ifndef HAK_CXX_OPERATORS
	"no "
#endif
	"C++ operators, "
#ifndef HAK_POOL_TLS
	"no "
#endif
	"Pool TLS"
#ifdef HAK_C0_8B
	", 8-byte blocks"
#endif
	;

static void say_version(void)
{
	struct message m;

	message_start_line(&m);
	message_add(&m, "version %s, %u bins, header classes %u, %s;", HAKMEM_VERSION_STRING,
		    BIN_COUNT, HAK_HEADER_CLASSES, HAK_DEBUG_BUILD ? "debug" : "release");
	options_say_changed(&m);
	message_send(&m);
}

static void say_all(void)
{
	int64_t level = options_get(OPTION_VERBOSE);

	if (level >= 1 || options_get(OPTION_DEBUG_VERBOSE))
		say_version();
	if (level >= 2) {
		message_say("%s", build);
		options_say_origins();
	}
}

/* ---- when the library is loaded ---- */

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
	if (backend_choose() == &backend_usual)
		heap_register_fork(); /* before most others do */
	/* Blocks may have been asked for before the options could be read. */
	if (backend_now() == &backend_libc)
		heap_give_up();
	bg_purge_allow();
	if (profile_files_at_load)
		profile_files_at_load();
	if (leaks_at_load)
		leaks_at_load();
	say_all();
}
