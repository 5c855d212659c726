/* SPDX-License-Identifier: MIT */
/*
 * arena: chunks of address space, mapped in growing steps and cut into
 * SuperSlabs.  Under the Arena's lock unless said otherwise.
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
 * Unmaps a SuperSlab that is on no list and wholly free: without the lock.  False:
 * the system did not take it, and nothing has changed.
 */
HAK_HIDDEN bool chunk_unmap(struct superslab *ss);

/* Afterwards: its descriptor can be used again. */
HAK_HIDDEN void chunk_forget(struct ss_lists *lists, struct superslab *ss);

#endif /* HAK_CHUNK_H */
