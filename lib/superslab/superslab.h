/* SPDX-License-Identifier: MIT */
/*
 * SuperSlab: up to 32 granules of address space and, out of line, a descriptor
 * for each slab in them.  No metadata stands beside user data.
 *
 * A slab is a run of granules cut into blocks of one bin:
 *   used + free blocks == carved - first
 *   carved <= capacity
 * `used` blocks are out: with the program, in a cache, or in a Remote Queue.  The others
 * are on the chain or have a bit, but for those on purged pages (slab_pages.h).
 *
 * Slab fields belong to the owning heap: written under its lock, `state` by bin.c,
 * slab_lists.c and thin.c there.  Two are read by other threads: `owner` (acquire), to
 * know where to post a remote free, and `carved` (relaxed; it only grows while the slab
 * lives), to check a pointer.
 */
#ifndef HAK_SUPERSLAB_H
#define HAK_SUPERSLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "registry/page_registry.h"
#include "size_class/size_class.h"

#define SUPERSLAB_GRANULES 32u
/* Each is a whole number of registry units. */
#define SUPERSLAB_UNIT (UNIT_SIZE / GRANULE_SIZE)

/* slab.bin of a run that is one Large block. */
enum { BIN_LARGE = 255 };

enum slab_state {
	SLAB_FULL,    /* nothing to take: on no list */
	SLAB_CURRENT, /* the one its bin takes from first: on no list */
	SLAB_PURGING, /* a thread is purging its free pages: on no list */
	SLAB_LOST,    /* the system did not map a page of it again: on no list, for good */
	/* These three are on the list of that name: heap/slab_lists.c. */
	SLAB_PARTIAL, /* has room */
	SLAB_SPARSE,  /* an eighth of it or more is free pages */
	SLAB_THIN     /* the same, and these pages are purged */
};
#define SLAB_LISTS 3u
#define SLAB_LIST(state) ((state) - SLAB_PARTIAL)

/* What was in the run when it was taken. */
enum run_content {
	RUN_USED,  /* anything: it was used before */
	RUN_CLEAN, /* zeros, and nothing of it was resident */
	RUN_BLANK  /* zeros, resident: see arena_take_dense() */
};

struct slab {
	/*
	 * Free blocks.  A slab of few blocks has a bit for each and never touches
	 * them: they are large, cold, and page-aligned.  A slab of many has a
	 * chain, LIFO, singly linked through tiny_nextptr.
	 */
	void *free;
	uint64_t free_bits;
	uint64_t purged;    /* slab_pages.h */
	uint32_t used;
	uint32_t carved;    /* blocks cut so far, the skipped first included */
	char *base;
	void *owner;	    /* struct heap *, NULL for Large */
	struct slab *prev;  /* a list of the bin's, doubly linked; */
	struct slab *next;  /* the prev of the first is the last */
	/*
	 * SLAB_THIN: so much is purged.  Else the bytes of free pages when it last
	 * became sparse, or, SLAB_CURRENT, empty; 0: it was used since.
	 */
	uint32_t sparse_bytes;
	uint32_t sparse_since; /* coarse_clock_ms(), cut off */
	uint8_t bin;
	uint8_t granules;
	uint8_t state;	    /* enum slab_state */
	uint8_t content;    /* enum run_content */
};

struct superslab {
	char *base;	       /* a multiple of UNIT_SIZE */
	uint32_t granules;     /* 16 or 32 */
	/* The Arena's, under its lock. */
	uint32_t free;	       /* bit: granule is in no run */
	uint32_t dirty;	       /* bit: free and perhaps resident */
	uint32_t blank;	       /* bit: dirty, but it reads as zero */
	uint32_t refused;      /* bit: dirty, the system would not take it back */
	uint32_t doubted;      /* bit: to be purged though clean; free, or in purging */
	uint32_t purging;      /* bit: not free, a thread is purging it */
	uint32_t bucket;       /* list it stands on: longest run of free ones */
	struct superslab *prev; /* that list, doubly linked */
	struct superslab *next;
	struct superslab *dirty_next; /* FIFO of those with something to purge */
	bool dirty_listed;
	uint32_t splits;       /* thp_split(): by who purges a slab in it; relaxed */
	/* Which slab a granule is part of; the Arena's while the run is free. */
	uint8_t head[SUPERSLAB_GRANULES];
	struct slab slab[SUPERSLAB_GRANULES];
};

/* The slab of a block.  pre: its granule's word is that of a slab or Large. */
static inline struct slab *slab_of(const void *block)
{
	struct superslab *ss = registry_unit(block);
	size_t granule = (size_t)((const char *)block - ss->base) >> GRANULE_SHIFT;

	return &ss->slab[ss->head[granule]];
}

/* Makes the run ready to be cut into blocks of `bin`. */
HAK_HIDDEN void slab_open(struct slab *slab, unsigned bin, void *owner);

/*
 * Takes up to `want` free blocks.  Returns how many.  They stand as in a FastCache:
 * end[-1] is the first one, end[-2] the second.
 */
HAK_HIDDEN unsigned slab_take(struct slab *slab, void **end, unsigned want);

/* The same with new blocks, which are cut from the slab: the lowest address first. */
HAK_HIDDEN unsigned slab_carve(struct slab *slab, void **end, unsigned want);

/*
 * Puts those blocks back, up to the first that does not lie in the slab.  Returns
 * how many.  Dies when one cannot be out.
 */
HAK_HIDDEN unsigned slab_put(struct slab *slab, void *const *blocks,
			     unsigned count);

/* Are the free blocks of this bin's slabs bits, not a chain? */
static inline bool slab_has_bits(unsigned bin)
{
	return size_class_table[bin].capacity <= 64;
}

/* Is there anything to take or carve? */
static inline bool slab_has_room(const struct slab *slab)
{
	return slab->free != NULL || slab->free_bits != 0 || slab->purged != 0 ||
	       slab->carved < size_class_table[slab->bin].capacity;
}

/* Does `block` lie where a block of this slab begins that was carved? */
HAK_HIDDEN bool slab_is_block(const struct slab *slab, const void *block);

/* The bytes from the base on that were ever written to. */
static inline size_t slab_touched(const struct slab *slab)
{
	return (size_t)slab->carved * size_class_table[slab->bin].block;
}

#endif /* HAK_SUPERSLAB_H */
