/* SPDX-License-Identifier: MIT */
/*
 * soak: a differential stress.  Threads do random things with blocks, and a
 * model that is kept outside of the allocator knows what must be true.
 *
 *   main.c    settings, lives of threads, the end
 *   work.c    what a thread does to a block, and what must then hold
 *   calls.c   every call of the allocator, and which of them are there
 *   faults.c  deliberate faults, to prove that each would be seen
 *   shadow.c  which bytes are taken
 *   names_*.c where the calls are found: the library, or the static core
 */
#ifndef HAK_SOAK_H
#define HAK_SOAK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../blocks.h"

/* How a block was asked for, which says who may free it with a size. */
enum origin { BY_SIZE, BY_ALIGNMENT, OTHERWISE };

/* A live block as the model knows it; block NULL: none. */
struct held {
	char *block;
	size_t size;	  /* asked for */
	size_t alignment; /* asked for or owed */
	size_t usable;	  /* as the allocator said: claimed in the shadow */
	size_t marked;	  /* bytes that carry the mark */
	uint64_t seed;	  /* of the mark */
	enum origin origin;
	bool zeroed; /* the allocator promised zeros */
};

/* A worker has so many places for blocks, */
#define SHELF 1024
/* and all share these. */
#define EXCHANGE 512

struct worker {
	unsigned number;
	unsigned life;	    /* counts the threads that were this worker */
	pthread_t thread;   /* of this life; until it began, of the last one */
	uint64_t random;    /* its stream: from the seed, number and life */
	uint64_t ops;	    /* done by all lives */
	uint64_t forks;
	const char *call;   /* the last one made, for messages */
	/* The phase: what is likely now. */
	unsigned reach;	    /* places of the shelf in use */
	unsigned allocate;  /* of 256: an empty place is filled */
	unsigned release;   /* of 256: a filled one is emptied */
	size_t one_size;    /* not 0: all blocks have it */
	struct held shelf[SHELF];
};

struct settings {
	uint64_t seed;
	uint64_t ops;	      /* of all workers together */
	unsigned workers;
	size_t limit;	      /* of address space, bytes; 0: none */
	bool may_refuse;      /* there may be no memory */
	bool forks;
};
extern struct settings settings;

/* The thread's worker; NULL in the first thread before and after the work. */
extern __thread struct worker *self;

/* Says where and what, and aborts. */
void soak_fail(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#define must(condition, ...)                     \
	do {                                     \
		if (!(condition))                \
			soak_fail(__VA_ARGS__);  \
	} while (0)

/* ---- work.c ---- */

/* Chooses what is likely from now on; before the first operation of a life. */
void work_new_phase(struct worker *w);
/* One random operation of a worker. */
void work_step(struct worker *w);
/* Gives every block of the shelf back, or of the exchange, where nobody is. */
void work_empty_shelf(struct worker *w);
void work_empty_exchange(struct worker *w);

/* ---- calls.c ---- */

/* Finds the calls; false: there is no malloc. */
bool calls_start(void);
/*
 * Asks for h->size bytes in a random way, which fills in the rest of what was
 * asked.  NULL: no memory.
 */
void *calls_alloc(struct worker *w, struct held *h);
/* realloc or reallocarray. */
void *calls_resize(struct worker *w, void *block, size_t size);
void calls_free(struct worker *w, const struct held *h);
size_t calls_usable(struct worker *w, void *block);
/* The usable size that a request of `size` has at least; 0: cannot be asked. */
size_t calls_good_size(size_t size);
/* A question, a report or a purge. */
void calls_aside(struct worker *w, const struct held *h);
/* A request that has to be refused. */
void calls_absurd(struct worker *w);
/* Bytes in blocks after the calling thread's caches went; false: unknown. */
bool calls_allocated(uint64_t *bytes);

/* ---- faults.c ---- */

/* Chooses the fault of that name; false: there is none. */
bool fault_choose(const char *name);
/* What the allocator did passes through these; without a fault, unchanged. */
void *fault_alloc(void *block, const struct held *asked);
void *fault_resize(void *block, size_t kept);
size_t fault_usable(size_t usable);
/* False: the block is not to be freed. */
bool fault_free(void);
void fault_after_free(void);

/* ---- names_core.c, names_library.c ---- */

typedef void (*any_function)(void);
/* The function of that name, or NULL. */
any_function names_find(const char *name);
/* Nothing but the test allocates from this allocator. */
extern const bool names_are_private;

#endif /* HAK_SOAK_H */
