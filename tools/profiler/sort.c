/* SPDX-License-Identifier: MIT */
#include "sort.h"

/* Moves a[i] down to where a heap of `count` wants it. */
static void sift(uintptr_t *a, size_t i, size_t count)
{
	uintptr_t moved = a[i];
	size_t below;

	while ((below = 2 * i + 1) < count) {
		below += below + 1 < count && a[below + 1] > a[below];
		if (a[below] <= moved)
			break;
		a[i] = a[below];
		i = below;
	}
	a[i] = moved;
}

void sort_numbers(uintptr_t *a, size_t count)
{
	for (size_t i = count / 2; i > 0; i--)
		sift(a, i - 1, count);
	for (size_t end = count; end > 1; end--) {
		uintptr_t largest = a[0];

		a[0] = a[end - 1];
		a[end - 1] = largest;
		sift(a, 0, end - 1);
	}
}

size_t sort_once(uintptr_t *a, size_t count)
{
	size_t kept = 0;

	sort_numbers(a, count);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || a[i] != a[kept - 1])
			a[kept++] = a[i];
	return kept;
}

size_t sort_find(const uintptr_t *a, size_t count, uintptr_t value)
{
	size_t low = 0;

	while (count > 0) {
		size_t half = count / 2;

		if (a[low + half] <= value) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return low - 1;
}
