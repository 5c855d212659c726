/* SPDX-License-Identifier: MIT */
/*
 * tiny_nextptr: the only code that reads or writes a link inside a block.
 *
 * A free block's first word holds the link.  Chains are singly linked, LIFO,
 * and end with NULL.  Encoding and hardening of links live here and nowhere
 * else.  A link is plain memory: whoever owns the block owns the link.
 */
#ifndef HAK_TINY_NEXTPTR_H
#define HAK_TINY_NEXTPTR_H

static inline void *tiny_next_load(const void *block)
{
	void *next;

	__builtin_memcpy(&next, block, sizeof(next));
	return next;
}

static inline void tiny_next_store(void *block, const void *next)
{
	__builtin_memcpy(block, &next, sizeof(next));
}

#endif /* HAK_TINY_NEXTPTR_H */
