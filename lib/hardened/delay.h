/* SPDX-License-Identifier: MIT */
/*
 * hardened: delayed reuse.  A freed block takes a random place, and who stood
 * there goes to the end of a queue; who leaves its front may be used again.  So
 * a block waits for at least `length` frees of its bin, and nobody knows how
 * long.  Under the lock of the bin.
 */
#ifndef HAK_DELAY_H
#define HAK_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hardened/dice.h"
#include "hardened/region.h"
#include "meta/meta.h"

/* A slot in one word: its span, and 16 bits that its address leaves. */
typedef uint64_t ticket;

static inline ticket ticket_for(const struct span *span, unsigned index)
{
	return (uint64_t)(uintptr_t)span << 16 | index;
}

static inline struct span *ticket_span(ticket slot)
{
	return (struct span *)(uintptr_t)(slot >> 16);
}

struct delay {
	ticket *mixed; /* `length` places, then as many of the queue; 0: empty */
	uint32_t length;
	uint32_t front; /* of the queue */
};

static inline bool delay_make(struct delay *d, uint32_t length)
{
	d->mixed = meta_alloc(2 * length * sizeof(ticket));
	d->length = length;
	return d->mixed != NULL;
}

/* Puts a slot in; returns the one that has waited enough, or 0. */
static inline ticket delay_pass(struct delay *d, ticket slot, unsigned roll)
{
	ticket *place = &d->mixed[dice_below(roll, d->length)];
	ticket *queue = &d->mixed[d->length + d->front];
	ticket old = *place, out = *queue;

	*place = slot;
	*queue = old;
	d->front = d->front + 1 == d->length ? 0 : d->front + 1;
	return out;
}

#endif /* HAK_DELAY_H */
