/* SPDX-License-Identifier: MIT */
/* thp: which memory may have transparent huge pages, as HAKMEM_THP says. */
#ifndef HAK_THP_H
#define HAK_THP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* For memory just mapped.  small_heap: one touch should not cost 2 MiB there. */
HAK_HIDDEN void thp_advise(void *address, size_t size, bool small_heap);

#endif /* HAK_THP_H */
