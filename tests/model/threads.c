/* SPDX-License-Identifier: MIT */
/* model: Remote Queue, adoption, death and purge, in every order. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena/arena.h"
#include "hakmem.h"
#include "heap/heap.h"
#include "model.h"
#include "nextptr/tiny_nextptr.h"
#include "options/options.h"
#include "purge/purge.h"
#include "size_class/size_class.h"
#include "stats/stats.h"

#define MAIN FIBERS_MAX /* who runs outside of fibers */

/* ---- threads ---- */

static struct heap_front *front[FIBERS_MAX + 1];
static unsigned who = MAIN;

/* From here on we are that thread. */
static void be(unsigned thread)
{
	front[who] = heap_self;
	who = thread;
	heap_self = front[thread] ? front[thread] :
				    (struct heap_front *)(uintptr_t)&heap_none;
}

void threads_switch(unsigned from, unsigned to)
{
	(void)from;
	be(to);
}

void threads_reset(void)
{
	heap_self = front[who];
}

static struct heap *own_heap(void)
{
	return heap_is_real(heap_self) ? heap_of(heap_self) : NULL;
}

/* What on_thread_exit() does in the end. */
static void end_thread(void)
{
	struct heap *mine = own_heap();

	heap_self = (struct heap_front *)(uintptr_t)&heap_late;
	if (mine)
		heap_return(mine);
}

/* ---- blocks ---- */

#define SMALL 16	   /* many to a chain */
#define SINGLE 5120	   /* each a chain of its own */
#define PAGES 20480	   /* has pages of its own in its slab */
#define LARGE 65536	   /* a run of granules */

/* The blocks that a scenario passes around: by their places. */
#define BLOCKS 8
static char *block[BLOCKS];

/* Nobody else has it; what it holds is ours until drop(). */
static void take(unsigned i, size_t size)
{
	char *fresh = hak_malloc(size);

	must(fresh, "%zu bytes were refused", size);
	for (unsigned k = 0; k < BLOCKS; k++)
		must(block[k] != fresh, "block %p given out twice", (void *)fresh);
	block[i] = fresh;
	memory_touch(fresh);
	memset(fresh, (int)i + 1, 16);
}

static void check(unsigned i)
{
	for (unsigned k = 0; k < 16; k++)
		must(block[i][k] == (char)(i + 1),
		     "block %u was changed while it was in use", i);
}

static void drop(unsigned i)
{
	char *old = block[i];

	check(i);
	block[i] = NULL;
	hak_free(old);
}

/* Small caches, so that few operations reach every path. */
static void set_options(void)
{
	options_load();
	for (int class = 0; class <= CLASS_C7; class++)
		option_values[OPTION_TINY_FAST_CAP_C0 + class] = 1;
	option_values[OPTION_PREWARM] = PREWARM_NO;
	option_values[OPTION_TINY_FAST_STATS] = 1;
}

/* No heap has more or fewer blocks out than are out. */
static void check_heaps(void)
{
	for (const struct heap *h = heap_list(); h; h = h->next)
		for (unsigned bin = 0; bin < BIN_COUNT; bin++)
			must(h->bin[bin].out == 0, "heap %u misses %jd blocks",
			     h->owner, (intmax_t)h->bin[bin].out);
}

/* Every block goes back, every thread ends, and nothing is left. */
static void finish(void)
{

	for (unsigned i = 0; i < BLOCKS; i++)
		if (block[i])
			drop(i);
	for (unsigned thread = 0; thread < FIBERS_MAX; thread++) {
		be(thread);
		end_thread();
	}
	be(MAIN);
	end_thread();
	/* What a drain posts on to a heap that was looked at goes home next time. */
	hak_purge();
	hak_purge();
	check_heaps();
	must(stats_totals.live == 0, "%zu bytes are in use", stats_totals.live);
	must(stats_totals.idle == 0, "%zu bytes are idle after a purge",
	     stats_totals.idle);
	purge_for_memory();
	must(stats_totals.arena == 0, "%ju bytes of the arenas are in a run",
	     (uintmax_t)stats_totals.arena);
}

/* Thread 0 has the blocks 0..count-1. */
static void give_to_first(unsigned count, size_t size)
{
	set_options();
	be(0);
	for (unsigned i = 0; i < count; i++)
		take(i, size);
	be(MAIN);
}

/* ---- the inbox alone ---- */

static struct inbox inbox;
static struct node {
	void *link;
	unsigned seen;
} node[4];

static void post(unsigned first, uint32_t count)
{
	struct chain chain = {.head = &node[first], .count = count,
			      .tail = &node[first + count - 1]};

	for (uint32_t i = 0; i < count; i++)
		tiny_next_store(&node[first + i],
				i + 1 < count ? &node[first + i + 1] : NULL);
	inbox_post(&inbox, 0, &chain);
}

static void take_all(void)
{
	struct chain chain = inbox_take(&inbox, 0);
	unsigned length = 0;

	for (struct node *n = chain.head; n; n = tiny_next_load(n)) {
		must(length++ < 4, "a chain without an end");
		n->seen++;
	}
	must(length == chain.count, "%u blocks, count %u", length, chain.count);
}

static void post_first(void)
{
	post(0, 2);
}

static void post_second(void)
{
	post(2, 1);
	post(3, 1);
}

static void take_twice(void)
{
	take_all();
	take_all();
}

static void finish_inbox(void)
{
	take_all();
	for (unsigned i = 0; i < 4; i++)
		must(node[i].seen == 1, "block %u came home %u times", i,
		     node[i].seen);
}

/* ---- frees by others, and the owner's refill ---- */

static void prepare_remote(void)
{
	give_to_first(4, SINGLE);
}

static void refill(void)
{
	take(4, SINGLE);
	drop(4);
	take(5, SINGLE);
}

static void free_0_and_1(void)
{
	drop(0);
	drop(1);
}

static void free_2(void)
{
	drop(2);
}

/* ---- the same, while the owner's thread ends and another takes over ---- */

static void prepare_cached(void)
{
	give_to_first(4, SINGLE);
	option_values[OPTION_TINY_FAST_STATS] = 0;
}

static void free_3_and_end(void)
{
	drop(3);
	end_thread();
	heap_flush_warm();
}

static void be_born(void)
{
	take(6, SINGLE);
	drop(6);
	take(7, SINGLE);
	take(6, SINGLE);
}

/* ---- a dead thread's slab ---- */

/* Threads 0 and 1 have heaps; that of the blocks is there for thread 2. */
static void prepare_dead(void)
{
	set_options();
	for (unsigned i = 0; i < 3; i++)
		take(i, SINGLE);
	for (unsigned thread = 0; thread < 2; thread++) {
		be(thread);
		take(7, SMALL);
		drop(7);
	}
	be(MAIN);
	end_thread();
	heap_flush_warm();
}

static void take_and_free_2(void)
{
	take(4, SINGLE);
	drop(2);
	check(4);
}

/* ---- chains of many, posted at the end of a thread ---- */

static void prepare_small(void)
{
	give_to_first(4, SMALL);
}

static void refill_small(void)
{
	take(4, SMALL);
	take(5, SMALL);
	drop(4);
}

static void free_small_and_end(void)
{
	free_0_and_1();
	end_thread();
}

static void free_2_and_flush(void)
{
	drop(2);
	hak_thread_flush();
}

/* ---- purge against take ---- */

static void prepare_purge(void)
{
	set_options();
	option_values[OPTION_PURGE_FLOOR] = 0;
	option_values[OPTION_PURGE_SHARE] = 0;
	be(0);
	take(0, LARGE);
	take(1, LARGE);
	be(MAIN);
	drop(1);
}

static void large_again(void)
{
	drop(0);
	take(2, 2 * LARGE);
	check(2);
}

static void large_once(void)
{
	take(3, LARGE);
	check(3);
	drop(3);
}

static void purge_all(void)
{
	hak_purge();
}

/* ---- free pages of a slab in use against take ---- */

static void prepare_thin(void)
{
	give_to_first(3, PAGES);
	be(0);
	drop(1);
	hak_thread_flush();
	be(MAIN);
}

static void take_thinned(void)
{
	take(3, PAGES);
	check(2);
	drop(2);
	take(4, PAGES);
	check(3);
}

static void free_0(void)
{
	drop(0);
}

/* ---- unmapping against take ---- */

static void unmap_all(void)
{
	purge_for_memory();
}

/* ---- Huge ---- */

#define HUGE (UNIT_SIZE + 1)

static void prepare_huge(void)
{
	set_options();
	option_values[OPTION_PURGE_FLOOR] = 2 * (HUGE >> 10);
	take(0, HUGE);
	take(1, HUGE);
	drop(1);
}

static void huge_again(void)
{
	drop(0);
	take(2, HUGE);
	check(2);
}

/* For which freed mappings have to be put together. */
static void huge_once(void)
{
	take(3, 2 * HUGE);
	check(3);
	drop(3);
}

static const struct scenario scenarios[] = {
	{"two post to an inbox, one takes", 3, 3,
	 {post_first, post_second, take_twice}, NULL, finish_inbox},
	{"frees by others while the owner refills", 2, 3,
	 {refill, free_0_and_1, free_2}, prepare_remote, finish},
	{"frees by others while the owner's thread ends", 1, 3,
	 {free_3_and_end, free_0_and_1, be_born}, prepare_cached, finish},
	{"frees into a dead thread's slab, which is adopted", 2, 3,
	 {free_0_and_1, take_and_free_2, be_born}, prepare_dead, finish},
	{"chains of small blocks", 1, 3,
	 {refill_small, free_small_and_end, free_2_and_flush}, prepare_small,
	 finish},
	{"a purge while runs are given and taken", 2, 3,
	 {large_again, large_once, purge_all}, prepare_purge, finish},
	{"unmapping while runs are given and taken", 2, 3,
	 {large_again, large_once, unmap_all}, prepare_purge, finish},
	{"a purge of a slab in use", 2, 3,
	 {take_thinned, free_0, purge_all}, prepare_thin, finish},
	{"Huge blocks and their cache", 2, 3,
	 {huge_again, huge_once, purge_all}, prepare_huge, finish},
};
/* A scenario that needs more explores too much, or has no end. */
#define CPU_SECONDS 300
#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

/* Each in a process of its own, with a library that nobody has used. */
static bool explore(struct scenario scenario, unsigned more)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		setrlimit(RLIMIT_CPU, &(struct rlimit){CPU_SECONDS, CPU_SECONDS});
		scenario.preemptions += more;
		model_explore(&scenario);
		exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* threads [SCENARIO [MORE]]: one of them alone, with so many more preemptions. */
int main(int argc, char **argv)
{
	size_t only = argc > 1 ? strtoul(argv[1], NULL, 10) : SCENARIOS;
	unsigned more = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	bool sound = true;

	for (size_t i = 0; i < SCENARIOS; i++)
		if (only == SCENARIOS || only == i)
			sound &= explore(scenarios[i], more);
	return sound ? 0 : 1;
}
