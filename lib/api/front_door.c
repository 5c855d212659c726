/* SPDX-License-Identifier: MIT */
#include "api/front_door.h"

#include <errno.h>

#include "api/backend.h"
#include "api/fast_path.h"
#include "api/route.h"
#include "base/bits.h"
#include "huge/huge.h"

static HAK_NOINLINE void *aligned_slow(size_t alignment, size_t size)
{
	bool zeroed = false;

	if (alignment > HUGE_ALIGN_MAX)
		return route_no_memory();
	return backend_now()->alloc(size, alignment, &zeroed);
}

void *api_aligned_alloc(size_t alignment, size_t size)
{
	void *block = fast_pop_aligned(alignment, size);

	return likely(block != NULL) ? block : aligned_slow(alignment, size);
}

static HAK_NOINLINE int posix_memalign_slow(void **out, size_t alignment, size_t size)
{
	int saved = errno;
	void *block = aligned_slow(alignment, size);

	errno = saved;
	if (!block)
		return ENOMEM;
	*out = block;
	return 0;
}

int api_posix_memalign(void **out, size_t alignment, size_t size)
{
	void *block;

	if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
		return EINVAL;
	block = fast_pop_aligned(alignment, size);
	if (unlikely(!block))
		return posix_memalign_slow(out, alignment, size);
	*out = block;
	return 0;
}
