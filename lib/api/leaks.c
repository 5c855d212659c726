/* SPDX-License-Identifier: MIT */
/*
 * leaks: HAKMEM_LEAKS: a profile of all allocations, and at exit the search for leaks.
 * Each allocation is a sample, so the table of samples has all blocks of the program.
 * The search itself is the plug-in's (tools/profiler/leaks.c).
 */
#include "api/block.h"
#include "api/out_file.h"
#include "api/profiling.h"
#include "base/bits.h"
#include "base/lock.h"
#include "hakmem.h"
#include "meta/meta.h"
#include "profile/stack.h"
#include "registry/page_registry.h"

/* Fewer than profiles have: here a stack is taken at each allocation. */
#define DEPTH 32u

extern int __cxa_atexit(void (*function)(void *), void *arg, void *object);

static const struct profiler *plug_in; /* NULL: there is nothing to do at exit */
static bool begun;

static unsigned take_stack(uintptr_t *pc, unsigned limit)
{
	return stack_take(pc, (unsigned)min_size(limit, DEPTH));
}

/* A Huge block may share its granule with memory of others. */
static bool owns(const void *address)
{
	uint32_t word = registry_word(address);

	return word != WORD_NONE && word != WORD_HUGE;
}

static size_t usable(const void *address)
{
	uint32_t word = registry_word(address);

	return block_is_live(address, word) ? block_usable(address, word) : 0;
}

static int search(const char *path)
{
	struct leak_facts facts = {
		.began = profiling_began(), .look = profile_look,
		.chunks = meta_chunks, .owns = owns, .usable = usable,
	};

	stack_library(&facts.library, &facts.library_end);
	return plug_in->write_leaks(path, &facts);
}

/* What is purged reads as zero: it holds no pointers of former owners. */
static void write_at_exit(void *unused)
{
	struct message path;
	int error;

	(void)unused;
	if (!plug_in || lock_is_reentered())
		return;
	hak_purge();
	profiling_name_file(&path, options_text(OPTION_LEAKS));
	error = search(path.text);
	if (error < 0)
		profiling_complain("its files in /proc cannot be read: ",
				   out_file_error(-error));
	else if (error != 0)
		out_file_complain("the leaks", path.text, error);
}

/* Not later: a library cannot be opened when all destructors have run. */
__attribute__((destructor)) static void on_exit_open(void)
{
	if (!begun)
		return;
	if (load_relaxed(&profile_epoch) != 1)
		profiling_complain("the program has ended its profile", "");
	else if (profiling_find(&plug_in) != 0)
		profiling_lacks_plug_in();
}

/*
 * What is registered first runs last, after the destructors of all objects.  An object
 * of NULL: not with those of this library.
 */
void leaks_at_load(void)
{
	uintptr_t library, library_end;

	if (!profiling_seeks_leaks() || !profiling_is_served() ||
	    profiling_begin(0, take_stack) != 0)
		return;
	begun = stack_library(&library, &library_end);
	if (!begun)
		profiling_complain("the library is linked into the program", "");
	else if (__cxa_atexit(write_at_exit, NULL, NULL) != 0)
		profiling_complain("libc has no room for an exit handler", "");
}
