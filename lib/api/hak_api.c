/* SPDX-License-Identifier: MIT */
/* hak_api: the hak_* functions, but for those of statistics.c and profiling.c. */
#include <errno.h>

#include "api/backend.h"
#include "api/fast_path.h"
#include "api/route.h"
#include "base/bits.h"
#include "base/lock.h"
#include "debug_ring/debug_ring.h"
#include "hakmem.h"
#include "heap/p0.h"
#include "options/options.h"
#include "purge/purge.h"

void *hak_malloc(size_t size)
{
	return fast_malloc(size);
}

void *hak_calloc(size_t count, size_t size)
{
	return fast_calloc(count, size);
}

void *hak_realloc(void *ptr, size_t size)
{
	return fast_realloc(ptr, size);
}

void *hak_reallocarray(void *ptr, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return route_no_memory();
	return fast_realloc(ptr, bytes);
}

void hak_free(void *ptr)
{
	fast_free(ptr);
}

void hak_free_sized(void *ptr, size_t size)
{
	fast_free_sized(ptr, 1, size);
}

void hak_free_aligned_sized(void *ptr, size_t alignment, size_t size)
{
	fast_free_sized(ptr, alignment, size);
}

void *hak_aligned_alloc(size_t alignment, size_t size)
{
	if (!is_power_of_two(alignment)) {
		errno = EINVAL;
		return NULL;
	}
	return fast_aligned_alloc(alignment, size);
}

int hak_posix_memalign(void **out, size_t alignment, size_t size)
{
	return fast_posix_memalign(out, alignment, size);
}

size_t hak_usable_size(const void *ptr)
{
	return fast_usable_size(ptr);
}

size_t hak_good_size(size_t size)
{
	return backend_now()->good_size(size);
}

int hak_owns(const void *ptr)
{
	return ptr && backend_of(ptr, registry_word(ptr))->owns(ptr);
}

size_t hak_purge(void)
{
	return purge_everything();
}

size_t hak_prewarm(size_t size, size_t count)
{
	unsigned bin = size_class_bin(size);
	struct heap *heap;

	if (bin >= BIN_COUNT || lock_is_reentered())
		return 0;
	heap = backend_now()->thread_heap();
	if (!heap)
		return 0;
	return p0_prewarm(heap, bin, (unsigned)min_size(count, P0_BATCH_MAX));
}

void hak_thread_flush(void)
{
	struct heap *mine = heap_mine();

	/* In a handler that interrupted the holder of a lock, heap_flush() would wait. */
	if (mine && !lock_is_reentered())
		heap_flush(mine);
}

size_t hak_debug_ring_print(void (*write)(void *arg, const char *text), void *arg)
{
	return debug_ring_print(write, arg);
}

int hak_option_get(const char *name, int64_t *value)
{
	enum option option;

	if (!name || !value)
		return EINVAL;
	option = options_find(name);
	if (option == OPTION_COUNT)
		return ENOENT;
	*value = options_get(option);
	return 0;
}

const char *hak_version(void)
{
	return HAKMEM_VERSION_STRING;
}
