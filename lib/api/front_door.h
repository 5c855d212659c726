/* SPDX-License-Identifier: MIT */
/*
 * front door: what hak_* and the interposed functions share beyond the fast paths.
 * Apart from hak_api.c, so that a static program links only what it calls.
 */
#ifndef HAK_FRONT_DOOR_H
#define HAK_FRONT_DOOR_H

#include <stddef.h>

#include "base/attributes.h"

/* alignment: a power of two; above HUGE_ALIGN_MAX: ENOMEM. */
HAK_HIDDEN void *api_aligned_alloc(size_t alignment, size_t size);
/* posix_memalign(): 0, EINVAL or ENOMEM; keeps errno. */
HAK_HIDDEN int api_posix_memalign(void **out, size_t alignment, size_t size);

#endif /* HAK_FRONT_DOOR_H */
