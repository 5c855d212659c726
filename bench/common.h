/* SPDX-License-Identifier: MIT */
/*
 * bench: what the workloads share.
 *
 * A workload measures whatever malloc the loader gave it: it reaches malloc and
 * its kin through the pointers below, so that the compiler can neither delete
 * nor merge the calls, no PLT stub is counted, and a run without any allocator
 * (--dry) executes the very same loop.  The memory of the harness itself comes
 * from mmap, never from the allocator measured.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* RTLD_DEFAULT, dladdr */
#endif

#include "workload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KIB ((size_t)1024)
#define MIB (KIB * KIB)
#define OPS_LIMIT UINT64_C(1000000000000)
#define SLOTS_LIMIT (UINT64_C(1) << 24)
#define SIZE_LIMIT (UINT64_C(1) << 30)
#define THREADS_LIMIT UINT64_C(1024)

/* ---- the calls measured ------------------------------------------------ */

extern void *(*allocate)(size_t size);
extern void *(*zeroed)(size_t count, size_t size);
extern void *(*resize)(void *block, size_t size);
extern void (*release)(void *block);

/* Takes the calls from the loader; or two empty functions in their place. */
void calls_find(void);
void calls_dry(void);
bool calls_are_dry(void);

/* The file that malloc comes from. */
const char *malloc_owner(void);

/* A block with its first byte written; ends the program when there is none. */
void *fresh(size_t size);

/* A zeroed block, of which one byte in `stride` is found to be zero, and written. */
void *checked_zeroed(size_t size, size_t stride);

/* ---- ends --------------------------------------------------------------- */

/* Prints "program: <what>" and exits 2: the command line is no good. */
__attribute__((format(printf, 1, 2), noreturn)) void refuse(const char *what, ...);

/* Prints "program: <what>" and exits 1: the run itself failed. */
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *what, ...);

/* ---- the harness ------------------------------------------------------- */

/* Zeroed memory that is never given back. */
void *harness_memory(size_t size);

double now_seconds(void);

/* Time on the clock, and CPU time of all threads of this process. */
struct stopwatch {
	double wall, cpu;
};

struct stopwatch stopwatch_start(void);
/* Adds what has passed since then to the outcome. */
void stopwatch_stop(struct stopwatch s, struct outcome *o);

/* The number behind `field` in /proc/PID/`file`; -1 if there is none. */
long proc_number(pid_t pid, const char *file, const char *field);

/* kB of `field` ("Rss:") in /proc/PID/smaps_rollup; exact, unlike statm. */
long memory_kb(pid_t pid, const char *field);

/* Lets the allocator give back what it can; nothing where it has no malloc_trim. */
void trim(void);

void sleep_ms(uint64_t milliseconds);

/* A xorshift step; the state is never 0. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

/* A state for worker `index` of a run with `seed`. */
uint64_t random_start(uint64_t seed, uint64_t index);

/* The upper and the lower half of one random number, scaled to [0, limit). */
static inline uint64_t random_high(uint64_t number, uint64_t limit)
{
	return (number >> 32) * limit >> 32;
}

static inline uint64_t random_low(uint64_t number, uint64_t limit)
{
	return (number & UINT32_MAX) * limit >> 32;
}

/* ---- slots: the working set of one thread ------------------------------- */

/* Each op writes `random`: two threads' slots share no pair of cache lines. */
struct slots {
	_Alignas(128) uint64_t random;
	void **block; /* NULL where a slot is empty */
	uint64_t count;
	size_t least, most; /* sizes, both included */
};

/* Gives `s` its empty slots. */
void slots_open(struct slots *s, uint64_t count);
/* One op: a random slot's block is freed, or an empty slot filled. */
void slots_toggle(struct slots *s, uint64_t ops);
/* One op: a random slot's block is freed and another one takes its place. */
void slots_replace(struct slots *s, uint64_t ops);
/* Fills every empty slot; frees every full one. */
void slots_fill(struct slots *s);
void slots_clear(struct slots *s);

/* ---- threads ------------------------------------------------------------ */

/*
 * Runs work(items + i * size) for i < count, one thread each, all let go at
 * once.  The seconds are those from the first one's start to the last one's end, and
 * the CPU time is that of all of them.
 */
void threads_run(uint64_t count, void (*work)(void *), void *items, size_t size,
		 struct outcome *o);

/* ---- whole workloads that differ in a few values -------------------------- */

/* OPS SIZE SEED SLOTS THREADS: slots_toggle, OPS by each; sizes from 1 if `mixed`. */
void slots_run(const struct request *r, struct outcome *o, bool mixed);

/* THREADS OPS SLOTS SEED: each thread runs `loop` on slots of its own. */
void team_run(const struct request *r, struct outcome *o, size_t least,
	      size_t most, void (*loop)(struct slots *, uint64_t));

#endif /* BENCH_COMMON_H */
