/* SPDX-License-Identifier: MIT */
/*
 * tiny_nextptr: the only code that reads or writes a link, or a hint, inside a block.
 *
 * A free block's first word holds the link.  Chains are singly linked, and end
 * with NULL but for one that still grows in an outbox.  Encoding and hardening of
 * links live here and nowhere else.  A link is plain memory: whoever owns the
 * block owns the link.
 *
 * It is stored as
 *   next ^ secret.link ^ block >> 12
 * so that a program that writes to a freed block cannot say where the next one
 * shall be, and what it writes almost never decodes to an address: then the
 * process ends.  secret_start() comes before the first link.
 */
#ifndef HAK_TINY_NEXTPTR_H
#define HAK_TINY_NEXTPTR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/secret.h"

/* Blocks begin at multiples of it, and below 2^48. */
#define LINK_ALIGN sizeof(void *)
#define LINK_WRONG ((uintptr_t)0xffff << 48 | (LINK_ALIGN - 1))

/* Says which block was written to, and aborts. */
HAK_HIDDEN HAK_COLD HAK_NORETURN void tiny_next_damaged(const void *block);

static inline uintptr_t tiny_next_mask(uint64_t link_secret, const void *block)
{
	return (uintptr_t)link_secret ^ (uintptr_t)block >> 12;
}

static inline void *tiny_next_load(const void *block)
{
	uintptr_t link;

	__builtin_memcpy(&link, block, sizeof(link));
	link ^= tiny_next_mask(secret.link, block);
	if (unlikely((link & LINK_WRONG) != 0))
		tiny_next_damaged(block);
	return (void *)link;
}

/* link_secret: a copy of secret.link, which a loop need not read again for each block. */
static inline void tiny_next_store_by(uint64_t link_secret, void *block, const void *next)
{
	uintptr_t link = (uintptr_t)next ^ tiny_next_mask(link_secret, block);

	__builtin_memcpy(block, &link, sizeof(link));
}

static inline void tiny_next_store(void *block, const void *next)
{
	tiny_next_store_by(secret.link, block, next);
}

/*
 * A hint: the third word of a block in a chain may hold, as a link, the block HINT_AHEAD
 * places on.  Who walks along a chain that another CPU wrote then waits for eight blocks
 * at a time, not for each.  Another word there hardly ever decodes to an address; an old hint
 * does, and something is fetched in vain.
 */
#define HINT_AHEAD 8u
#define HINT_LEAST (3 * sizeof(void *)) /* usable bytes of a block that has room for it */

static inline void tiny_hint_store(void *block, const void *ahead)
{
	tiny_next_store((void **)block + 2, ahead);
}

/* The same as tiny_next_load().  hinted: the block has room for a hint. */
static inline void *tiny_next_walk(const void *block, bool hinted)
{
	const void *const *third = (const void *const *)block + 2;
	uintptr_t hint;

	if (hinted) {
		__builtin_memcpy(&hint, third, sizeof(hint));
		__builtin_prefetch((void *)(hint ^ tiny_next_mask(secret.link, third)), 1);
	}
	return tiny_next_load(block);
}

#endif /* HAK_TINY_NEXTPTR_H */
