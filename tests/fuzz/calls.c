/* SPDX-License-Identifier: MIT */
/*
 * fuzz: a sequence of calls, four bytes each: what, on which block, how much.
 * The model is that of tests/soak.  Some calls run on threads, one at a time,
 * so that a sequence always does the same.
 */
#include <pthread.h>

#include "../blocks.h"
#include "../soak/shadow.h"
#include "fuzz.h"
#include "hakmem.h"

#define BLOCKS 64u

struct call {
	uint8_t what;
	uint8_t which;
	uint8_t low, high; /* of the size; see size_of_call() */
};

static struct {
	char *block; /* NULL: none */
	size_t size;
	size_t usable;
	uint64_t seed;
} held[BLOCKS];

static const struct call *next, *end;

#define SHIFTS 11u

/* Twelve bits, shifted: from 0 to 4 MiB, and one less. */
static size_t size_of_call(const struct call *c)
{
	size_t size = ((size_t)c->high >> 4 << 8 | c->low)
		      << (c->high & 0xf) % SHIFTS;

	return size - (size != 0 && c->which >> 7);
}

static void check(unsigned i)
{
	must(hak_usable_size(held[i].block) == held[i].usable);
	must(mark_end(held[i].block, held[i].usable, held[i].usable,
		      held[i].seed) == held[i].usable);
}

static void admit(unsigned i, void *block, size_t size, size_t alignment)
{
	must(block && is_aligned(block, alignment));
	held[i].block = block;
	held[i].size = size;
	held[i].usable = hak_usable_size(block);
	held[i].seed = (uint64_t)(end - next) ^ (uintptr_t)block;
	must(held[i].usable >= size);
	must(shadow_claim(block, held[i].usable));
	mark_fill(block, held[i].usable, held[i].seed);
}

static void drop(unsigned i)
{
	check(i);
	must(shadow_release(held[i].block, held[i].usable));
	hak_free(held[i].block);
	held[i].block = NULL;
}

static void resize(unsigned i, size_t size)
{
	size_t kept = size < held[i].size ? size : held[i].size;
	char *block;

	check(i);
	must(shadow_release(held[i].block, held[i].usable));
	block = hak_realloc(held[i].block, size);
	must(block && mark_end(block, held[i].usable, kept, held[i].seed) == kept);
	admit(i, block, size, least_alignment(size));
}

static void zeroed(unsigned i, size_t size)
{
	char *block = hak_calloc(1, size);

	must(block && zero_end(block, size) == size);
	admit(i, block, size, least_alignment(size));
}

static void aligned(unsigned i, size_t size, unsigned shift)
{
	size_t alignment = (size_t)16 << shift;

	admit(i, hak_aligned_alloc(alignment, size), size, alignment);
}

static void on_empty(unsigned i, const struct call *c)
{
	size_t size = size_of_call(c);

	switch (c->what / 16 % 4) {
	case 0:
		zeroed(i, size);
		break;
	case 1:
		aligned(i, size, c->what / 64 * 4);
		break;
	default:
		admit(i, hak_malloc(size), size, least_alignment(size));
	}
}

static void run_calls(unsigned count);

static void *run_on_thread(void *count)
{
	run_calls(*(unsigned *)count);
	return NULL;
}

static void start_thread(unsigned count)
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, run_on_thread, &count) == 0);
	pthread_join(thread, NULL);
}

static void run_call(const struct call *c)
{
	unsigned i = c->which % BLOCKS;

	switch (c->what % 16) {
	case 0:
		start_thread(c->low); /* for the next calls */
		break;
	case 1:
		hak_thread_flush();
		break;
	case 2:
		hak_purge();
		break;
	case 3:
		hak_prewarm(size_of_call(c), c->which);
		break;
	default:
		if (!held[i].block)
			on_empty(i, c);
		else if (c->what % 16 < 8)
			resize(i, size_of_call(c) + 1);
		else
			drop(i);
	}
}

static void run_calls(unsigned count)
{
	for (; count > 0 && next < end; count--)
		run_call(next++);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	hak_stats_t stats;

	must(started || shadow_start());
	started = true;
	next = (const struct call *)data;
	end = next + size / sizeof(*next);
	run_calls(~0u);
	for (unsigned i = 0; i < BLOCKS; i++)
		if (held[i].block)
			drop(i);
	hak_purge();
	must(hak_stats(&stats, sizeof(stats)) == 0 && stats.allocated == 0);
	return 0;
}
