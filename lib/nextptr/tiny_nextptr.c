/* SPDX-License-Identifier: MIT */
#include "nextptr/tiny_nextptr.h"

#include "base/die.h"

void tiny_next_damaged(const void *block)
{
	die_at("written after it was freed: block", (uintptr_t)block);
}
