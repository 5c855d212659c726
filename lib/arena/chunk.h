/* SPDX-License-Identifier: MIT */
/*
 * arena: chunks of address space, mapped in growing steps and cut into
 * SuperSlabs.  All under the Arena's lock.
 */
#ifndef HAK_CHUNK_H
#define HAK_CHUNK_H

#include <stdbool.h>

#include "arena/ss_list.h"

/*
 * Maps one chunk and adds its SuperSlabs: HAKMEM_POOL_TLS_ARENA_MB_INIT the
 * first time, doubled HAKMEM_POOL_TLS_ARENA_GROWTH_LEVELS times, at most
 * HAKMEM_POOL_TLS_ARENA_MB_MAX; less when the system has less.  False: nothing.
 */
HAK_HIDDEN bool chunk_map(struct ss_lists *lists);

/*
 * Unmaps a SuperSlab that is on no list and wholly free.  Returns its bytes, or
 * 0 when the system did not take it: then it is back on its list.
 */
HAK_HIDDEN size_t chunk_unmap(struct ss_lists *lists, struct superslab *ss);

#endif /* HAK_CHUNK_H */
