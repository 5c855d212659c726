/* SPDX-License-Identifier: MIT */
#include "nextptr/tiny_nextptr.h"

#include "base/die.h"

void tiny_next_damaged(const void *block)
{
	die("written after it was freed: block 0x%lx", (uintptr_t)block);
}
