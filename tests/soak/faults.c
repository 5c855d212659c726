/* SPDX-License-Identifier: MIT */
/*
 * soak: deliberate faults.  The allocator is sound and what it did is bent
 * afterwards, once in many calls, so that the test is tried and nothing else.
 */
#include <errno.h>
#include <stdlib.h>

#include "soak.h"

/* A fault comes once in so many calls that could show it. */
#define RARE 5000

enum fault {
	NO_FAULT,
	TWICE,	  /* a live block is handed out again */
	DIRTY,	  /* calloc leaves a byte that is not zero */
	ASKEW,	  /* an alignment is not kept */
	REFUSE,	  /* there is no memory, for no reason */
	TAIL,	  /* realloc loses the last byte */
	SHORT,	  /* a usable size is too small */
	LONG,	  /* a usable size reaches into other blocks */
	SCRIBBLE, /* somebody writes into a live block */
	ERRNO,	  /* free changes errno */
	LEAK,	  /* free does nothing */
	FAULT_COUNT
};

static const char *const names[FAULT_COUNT] = {
	"none", "twice", "dirty",    "askew", "refuse", "tail",
	"short", "long", "scribble", "errno", "leak",
};

static enum fault chosen; /* written before the threads are there */
static unsigned calls;	  /* relaxed */

bool fault_choose(const char *name)
{
	for (int i = 1; i < FAULT_COUNT; i++)
		if (strcmp(name, names[i]) == 0)
			chosen = (enum fault)i;
	return chosen != NO_FAULT;
}

/* Is it now that `fault` happens? */
static bool due(enum fault fault)
{
	return chosen == fault &&
	       __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED) % RARE == 0;
}

/* A live block of the calling worker; NULL: it has none. */
static char *live_block(void)
{
	for (size_t i = 0; i < SHELF; i++)
		if (self->shelf[i].block && self->shelf[i].marked != 0)
			return self->shelf[i].block;
	return NULL;
}

/* One of the worker's blocks changes. */
static void scribble(void)
{
	char *block = live_block();

	if (block)
		block[0] ^= 1;
}

static void *bend(char *block, const struct held *asked)
{
	char *live;

	if (asked->zeroed && asked->size != 0 && due(DIRTY))
		block[asked->size - 1] = 1;
	if (asked->alignment > 16 && due(ASKEW))
		return block + 16;
	if (due(SCRIBBLE))
		scribble();
	if (due(REFUSE)) {
		errno = ENOMEM;
		return NULL;
	}
	live = due(TWICE) ? live_block() : NULL;
	return live ? live : block;
}

void *fault_alloc(void *block, const struct held *asked)
{
	return chosen == NO_FAULT || !block ? block : bend(block, asked);
}

void *fault_resize(void *block, size_t kept)
{
	if (kept != 0 && due(TAIL))
		((char *)block)[kept - 1] ^= 1;
	return block;
}

size_t fault_usable(size_t usable)
{
	if (due(SHORT))
		return 0;
	return due(LONG) ? usable + MIB : usable;
}

bool fault_free(void)
{
	return !due(LEAK);
}

void fault_after_free(void)
{
	if (due(ERRNO))
		errno = EINTR;
}
