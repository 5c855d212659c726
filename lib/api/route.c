/* SPDX-License-Identifier: MIT */
#include "api/route.h"

#include <errno.h>
#include <string.h>

#include "api/backend.h"
#include "api/request.h"
#include "base/lock.h"
#include "base/probe.h"
#include "huge/huge.h"
#include "next_malloc/next_malloc.h"
#include "nextptr/tiny_nextptr.h"
#include "profile/profile.h"
#include "purge/bg_purge.h"
#include "purge/purge.h"
#include "retention/retention.h"

/* ---- the choice ---- */

HAK_NEAR const struct backend *backend_chosen;

const struct backend *backend_choose(void)
{
	const struct backend *b = &backend_usual, *none = NULL;

	if (lock_is_reentered()) /* libc allocates while options are loaded */
		return b;
	if (hardened_decide(heap_load_options)) {
		heap_register_fork(); /* no heap will be born that would */
		b = &backend_hardened;
	} else if (libc_serves()) {
		b = &backend_libc;
	}
	/* backend_profiled may have taken the place of the usual one since. */
	if (load_acquire(&hardened_mode) != HARDENED_UNDECIDED)
		cas_release(&backend_chosen, &none, b);
	return b;
}

/* ---- allocation ---- */

void *route_no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

/* What signal handlers could not free.  Not in a thread that may take no lock. */
static void free_left_behind(void)
{
	void *block, *next;

	for (block = emergency_take_left(); unlikely(block != NULL); block = next) {
		next = tiny_next_load(block);
		route_free(block);
	}
}

static HAK_COLD void *alloc_locked_out(size_t size, size_t alignment, bool *zeroed)
{
	void *block = emergency_alloc(size, alignment);

	*zeroed = true;
	return block ? block : route_no_memory();
}

/* There is no block for now, but perhaps memory that lies idle. */
static HAK_COLD void *alloc_after_purge(size_t size, size_t alignment, bool *zeroed)
{
	void *block;

	purge_for_memory();
	block = backend_now()->try_alloc(size, alignment, zeroed);
	return block ? block : route_no_memory();
}

void *route_alloc(size_t size, size_t alignment, bool *zeroed)
{
	void *block;

	if (route_is_too_large(size))
		return route_no_memory();
	if (unlikely(lock_is_reentered()))
		return alloc_locked_out(size, alignment, zeroed);
	free_left_behind();
	if (unlikely(retention_is_watched()))
		purge_due();
	request_poll();
	if (PROBE_IS_WANTED(otel_memory, alloc))
		profiled_follow_tracer();
	block = backend_now()->try_alloc(size, alignment, zeroed);
	/* A handler that interrupted malloc() sees no heap, and starts no thread. */
	if (heap_is_real(heap_self))
		bg_purge_poll();
	return likely(block != NULL) ? block :
				       alloc_after_purge(size, alignment, zeroed);
}

void *route_malloc_by_backend(size_t size)
{
	bool zeroed = false;

	return backend_now()->alloc(size, 1, &zeroed);
}

void *route_calloc(size_t bytes)
{
	bool zeroed = true;
	void *block = backend_now()->alloc(bytes, 1, &zeroed);

	if (block && !zeroed)
		memset(block, 0, bytes);
	return block;
}

void *route_aligned_alloc(size_t alignment, size_t size)
{
	bool zeroed = false;

	if (alignment > HUGE_ALIGN_MAX)
		return route_no_memory();
	return backend_now()->alloc(size, alignment, &zeroed);
}

int route_posix_memalign(void **out, size_t alignment, size_t size)
{
	int saved = errno;
	void *block = route_aligned_alloc(alignment, size);

	errno = saved;
	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

/* ---- by pointer ---- */

static void free_of_word(void *block, uint32_t word)
{
	if (likely(word >= word_of(OWNER_FIRST_HEAP, 0))) /* without an indirect call */
		usual_free(block, word);
	else if (block)
		backend_of(block, word)->free(block, word);
}

/* Apart, so that route_free_by_backend() ends in calls alone and saves no register. */
static HAK_NOINLINE void free_far(void *block)
{
	free_of_word(block, registry_far_word(block));
}

void route_free_by_backend(void *block)
{
	size_t index = registry_window_index(block);

	if (likely(index < WINDOW_GRANULES))
		free_of_word(block, load_acquire(&registry_window.word[index]));
	else
		free_far(block);
}

void *route_realloc(void *block, size_t size)
{
	if (profile_was_begun())
		return backend_profiled.realloc(block, size);
	return backend_of(block, registry_word(block))->realloc(block, size);
}

size_t route_usable_size(const void *block)
{
	if (!block)
		return 0;
	return backend_of(block, registry_word(block))->usable_size(block);
}

void route_check_size(const void *block, size_t alignment, size_t size)
{
	if (block && backend_of(block, registry_word(block)) == &backend_hardened &&
	    !lock_is_reentered())
		hardened_check_size(block, alignment, size);
}
