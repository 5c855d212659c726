/* SPDX-License-Identifier: MIT */
/* profiler: sorts numbers in place, smallest first; qsort() may allocate. */
#ifndef HAK_PROFILER_SORT_H
#define HAK_PROFILER_SORT_H

#include <stddef.h>
#include <stdint.h>

void sort_numbers(uintptr_t *a, size_t count);

/* Sorts them, and keeps one of each.  Returns how many are left. */
size_t sort_once(uintptr_t *a, size_t count);

/* The place of the last that is not above `value`; SIZE_MAX: all are.  pre: sorted */
size_t sort_find(const uintptr_t *a, size_t count, uintptr_t value);

#endif /* HAK_PROFILER_SORT_H */
