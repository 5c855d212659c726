/* SPDX-License-Identifier: MIT */
/*
 * profiler: the memory of this process, as the kernel shows it.  Reading never faults.
 * Does not allocate.
 */
#ifndef HAK_PROFILER_MEMORY_H
#define HAK_PROFILER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as the kernel lets a process have by default, and more. */
#define AREAS_MAX 131072u
#define MEMORY_CHUNK ((size_t)64 << 10)

/* A mapping. */
struct area {
	uintptr_t begin, end;
	bool closed; /* nobody may read or write it */
	bool root;   /* the program may keep pointers in it */
	bool own;    /* private */
	bool stack;  /* its lower end may be that of a stack */
	bool first;  /* it is the stack of the first thread */
};

struct memory {
	int mem, pagemap; /* pagemap: -1 where the kernel has none */
	size_t page;
	size_t areas;
	struct area area[AREAS_MAX];
	uintptr_t word[MEMORY_CHUNK / sizeof(uintptr_t)];
	uint64_t entry[MEMORY_CHUNK / 4096];
};

/*
 * Of the process that calls it, also if its first thread has ended.  0, or the error number.  What is mapped
 * later is not seen.
 */
int memory_open(struct memory *m);
void memory_close(struct memory *m);

/* Which pages are worth a look. */
enum pages {
	PAGES_ALL,     /* of shared memory others may have written what we never touched */
	PAGES_TOUCHED, /* that this process has */
	PAGES_CHANGED  /* these, but not as they are in a file */
};

/* Hands over each aligned word from `begin` to `end`. */
void memory_scan(struct memory *m, uintptr_t begin, uintptr_t end, enum pages pages,
		 void (*take)(void *arg, uintptr_t word), void *arg);

#endif /* HAK_PROFILER_MEMORY_H */
