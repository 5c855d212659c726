/* SPDX-License-Identifier: MIT */
/*
 * backend: who serves the program.  Each backend is one table of functions:
 *
 *   usual     heaps, Large and Huge blocks (usual.c)
 *   profiled  the same, once a profile was begun (profiled.c)
 *   hardened  HAKMEM_HARDENED=1 (heapless.c)
 *   libc      HAKMEM_DISABLE=1: the malloc behind ours (heapless.c)
 *
 * One is chosen at the first allocation and serves all that follow; but the profiled one
 * takes the place of the usual one.  A block may be older than the choice, so
 * backend_of() asks the registry whose it is.
 */
#ifndef HAK_BACKEND_H
#define HAK_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomics.h"
#include "base/attributes.h"
#include "emergency/emergency.h"
#include "hardened/hardened.h"
#include "heap/heap.h"
#include "profile/profile.h"
#include "registry/page_registry.h"

struct backend {
	/*
	 * A block; NULL: no memory, with errno.  *zeroed, here and below: zeros are
	 * wanted; afterwards: the block reads as zero.
	 */
	void *(*alloc)(size_t size, size_t alignment, bool *zeroed);
	/* A block without purging; for route_alloc(), which purges and tries again. */
	void *(*try_alloc)(size_t size, size_t alignment, bool *zeroed);
	/* The usable bytes of a block of that size; 0: there is none so large. */
	size_t (*good_size)(size_t size);
	/* The calling thread's heap, made if need be; NULL: it can have none. */
	struct heap *(*thread_heap)(void);

	/* For pointers that backend_of() finds to be its own, not NULL. */
	void (*free)(void *block, uint32_t word);
	void *(*realloc)(void *block, size_t size);
	size_t (*usable_size)(const void *block);
	bool (*owns)(const void *block);
};

extern HAK_HIDDEN const struct backend backend_usual, backend_profiled, backend_hardened,
	backend_libc;

/* Those of backend_usual, for backend_profiled and for calls that need no table. */
HAK_HIDDEN void *usual_try_alloc(size_t size, size_t alignment, bool *zeroed);
HAK_HIDDEN size_t usual_good_size(size_t size);
HAK_HIDDEN struct heap *usual_thread_heap(void);
HAK_HIDDEN void usual_free(void *block, uint32_t word);
/* realloc() of a live block of a slab that is not to stay, of so many usable bytes. */
HAK_HIDDEN void *usual_move(void *block, size_t usable, size_t size);
HAK_HIDDEN size_t usual_usable_size(const void *block);
HAK_HIDDEN bool usual_owns(const void *block);

/*
 * profile_begin() and profile_end() (profiled.c), and every thread that has a heap begins,
 * or ends, to take part.  pre: the usual backend is chosen; a profile was begun.
 */
HAK_HIDDEN int profiled_begin(uint64_t mean, profile_stack_fn stack);
HAK_HIDDEN void profiled_end(void);

/*
 * A tracer came to otel_memory:alloc, or left it: samples are taken for it, or no more.
 * On slow paths of malloc(), without a lock.
 */
HAK_HIDDEN HAK_COLD void profiled_follow_tracer(void);

/* NULL before the choice.  Written release, read acquire. */
extern HAK_HIDDEN const struct backend *backend_chosen;

/*
 * Chooses, once the options can be read; before that, each call is served as usual.
 * The library's start calls it again: libc may allocate while options are loaded.
 */
HAK_HIDDEN HAK_COLD const struct backend *backend_choose(void);

static inline const struct backend *backend_now(void)
{
	const struct backend *b = load_acquire(&backend_chosen);

	return likely(b != NULL) ? b : backend_choose();
}

/* Who judges that pointer, which may be any but NULL.  word: registry_word(block). */
static inline const struct backend *backend_of(const void *block, uint32_t word)
{
	if (likely(word != WORD_NONE))
		return hardened_is_slot(word) ? &backend_hardened : &backend_usual;
	return emergency_usable(block) != 0 ? &backend_usual : backend_now();
}

#endif /* HAK_BACKEND_H */
