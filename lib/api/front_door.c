/* SPDX-License-Identifier: MIT */
#include "api/front_door.h"

#include <errno.h>

#include "api/backend.h"
#include "api/fast_path.h"
#include "api/route.h"
#include "base/bits.h"
#include "base/lock.h"
#include "huge/huge.h"
#include "purge/purge.h"

void *api_realloc(void *block, size_t size)
{
	if (!block)
		return fast_malloc(size);
	return backend_of(block, registry_word(block))->realloc(block, size);
}

void *api_aligned_alloc(size_t alignment, size_t size)
{
	bool zeroed = false;
	void *block;

	if (alignment <= TINY_STEP) /* every block of every bin is aligned so */
		return fast_malloc(size);
	if (alignment > HUGE_ALIGN_MAX)
		return route_no_memory();
	block = fast_pop_aligned(alignment, size);
	return likely(block != NULL) ? block :
				       backend_now()->alloc(size, alignment, &zeroed);
}

int api_posix_memalign(void **out, size_t alignment, size_t size)
{
	int saved = errno;
	void *block;

	if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
		return EINVAL;
	block = api_aligned_alloc(alignment, size);
	errno = saved;
	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

size_t api_purge(void)
{
	return lock_is_reentered() ? 0 : purge_everything();
}
