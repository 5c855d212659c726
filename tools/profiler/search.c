/* SPDX-License-Identifier: MIT */
#include "search.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sort.h"

#define NOWHERE SIZE_MAX
#define GRANULE ((uintptr_t)64 << 10)
/* What a function may use below its stack pointer (x86-64). */
#define RED_ZONE 128

/* ---- the tables ---- */

/* The next `count` numbers of the mapping. */
static void *cut(char **next, size_t count)
{
	void *part = *next;

	*next += count * sizeof(uintptr_t);
	return part;
}

static void cut_tables(struct search *s, size_t blocks, size_t holes)
{
	char *next = (char *)(s + 1);

	s->block = cut(&next, blocks);
	s->usable = cut(&next, blocks);
	s->sample = cut(&next, blocks);
	s->state = cut(&next, blocks);
	s->start = cut(&next, blocks);
	s->pending = cut(&next, blocks);
	s->hole = cut(&next, holes);
	s->hole_end = cut(&next, holes);
	s->stranger = cut(&next, STRANGERS_MAX);
	s->waiting = cut(&next, STRANGERS_MAX);
}

static void fill_blocks(struct search *s, const struct sample *table, size_t places)
{
	for (size_t i = 0; i < places; i++)
		if (table[i].block)
			s->block[s->blocks++] = (uintptr_t)table[i].block;
	sort_numbers(s->block, s->blocks);
	for (size_t i = 0; i < places; i++) {
		const void *block = table[i].block;
		size_t at = block ? sort_find(s->block, s->blocks, (uintptr_t)block) : 0;

		if (!block)
			continue;
		s->sample[at] = &table[i];
		s->usable[at] = s->facts->usable(block);
		if (s->usable[at] == 0)
			s->usable[at] = table[i].sum.bytes;
	}
}

static void add_hole(struct search *s, const void *begin, size_t size)
{
	s->hole[s->holes] = (uintptr_t)begin;
	s->hole_end[s->holes++] = (uintptr_t)begin + size;
}

/* They do not overlap: sorted apart, each end still belongs to its beginning. */
static void fill_holes(struct search *s, const struct meta_chunk *chunks)
{
	const struct leak_facts *f = s->facts;

	add_hole(s, (const void *)f->library, f->library_end - f->library);
	add_hole(s, s, s->bytes);
	for (const struct meta_chunk *c = chunks; c; c = c->before)
		add_hole(s, c, c->size);
	sort_numbers(s->hole, s->holes);
	sort_numbers(s->hole_end, s->holes);
}

static size_t count_samples(const struct sample *table, size_t places)
{
	size_t count = 0;

	for (size_t i = 0; i < places; i++)
		count += table[i].block != NULL;
	return count;
}

struct search *search_make(const struct leak_facts *facts, const struct sample *table,
			   size_t places)
{
	size_t blocks = count_samples(table, places), holes = 2, bytes;
	const struct meta_chunk *chunks = facts->chunks();
	struct search *s;

	for (const struct meta_chunk *c = chunks; c; c = c->before)
		holes++;
	bytes = sizeof(*s) +
		(6 * blocks + 2 * holes + 2 * (size_t)STRANGERS_MAX) * sizeof(uintptr_t);
	s = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (s == MAP_FAILED)
		return NULL;
	s->facts = facts;
	s->bytes = bytes;
	cut_tables(s, blocks, holes);
	fill_blocks(s, table, places);
	fill_holes(s, chunks);
	return s;
}

void search_free(struct search *s)
{
	munmap(s, s->bytes);
}

/* ---- what a word leads to ---- */

static size_t find(const struct search *s, uintptr_t address)
{
	size_t i = sort_find(s->block, s->blocks, address);

	return i != NOWHERE && address - s->block[i] < s->usable[i] ? i : NOWHERE;
}

static void reach(struct search *s, size_t i)
{
	if (s->state[i] != s->from)
		return;
	s->state[i] = s->to;
	s->pending[s->pendings++] = i;
}

/*
 * A live block that is no sample: a signal handler got it, or a thread that is
 * about to end.
 */
static void meet_stranger(struct search *s, uintptr_t block)
{
	size_t i = (block >> 4) * 0x9E3779B1u % STRANGERS_MAX;

	while (s->stranger[i] != 0 && s->stranger[i] != block)
		i = (i + 1) % STRANGERS_MAX;
	if (s->stranger[i] == block || s->strangers == STRANGERS_MAX - 1)
		return;
	s->stranger[i] = block;
	s->strangers++;
	s->waiting[s->waitings++] = block;
}

static void take_word(void *arg, uintptr_t word)
{
	struct search *s = arg;
	size_t i = find(s, word);

	if (i != NOWHERE)
		reach(s, i);
	else if (s->to == REACHED && s->facts->owns((const void *)word) &&
		 s->facts->usable((const void *)word) != 0)
		meet_stranger(s, word);
}

static void look_into(struct search *s, uintptr_t block, size_t size)
{
	memory_scan(&s->memory, block, block + size, PAGES_TOUCHED, take_word, s);
}

/* All that can be reached from what was found. */
static void follow(struct search *s)
{
	while (s->pendings > 0 || s->waitings > 0) {
		if (s->pendings > 0) {
			size_t i = s->pending[--s->pendings];

			look_into(s, s->block[i], s->usable[i]);
		} else {
			uintptr_t block = s->waiting[--s->waitings];

			look_into(s, block, s->facts->usable((const void *)block));
		}
	}
}

/* ---- roots ---- */

static uintptr_t smaller(uintptr_t a, uintptr_t b)
{
	return a < b ? a : b;
}

/* Where what is no root begins behind `at`, or `end`. */
static uintptr_t next_stop(const struct search *s, uintptr_t at, uintptr_t end)
{
	size_t hole = sort_find(s->hole, s->holes, at) + 1;
	size_t block = sort_find(s->block, s->blocks, at) + 1;

	end = smaller(end, (at | (GRANULE - 1)) + 1);
	if (hole < s->holes)
		end = smaller(end, s->hole[hole]);
	if (block < s->blocks)
		end = smaller(end, s->block[block]);
	return end;
}

static void scan_root(struct search *s, uintptr_t at, uintptr_t end, enum pages pages)
{
	while (at < end) {
		size_t hole = sort_find(s->hole, s->holes, at), block = find(s, at);
		uintptr_t next = next_stop(s, at, end);

		if (hole != NOWHERE && at < s->hole_end[hole])
			next = s->hole_end[hole];
		else if (block != NOWHERE)
			next = s->block[block] + s->usable[block];
		else if (!s->facts->owns((const void *)at))
			memory_scan(&s->memory, at, next, pages, take_word, s);
		at = next;
	}
	follow(s);
}

/* Is the area the stack of this thread, and not that of a coroutine beside others? */
static bool is_stack_of(const struct area *a, uintptr_t sp, uintptr_t tp)
{
	return sp >= a->begin && sp < a->end &&
	       (a->first || (tp >= a->begin && tp < a->end));
}

/* The part of a stack below the stack pointer is what ended functions have left. */
static uintptr_t first_in_use(const struct area *a, uintptr_t own,
			      const struct threads *threads)
{
	uintptr_t tp = gettid() == getpid() ? 0 : (uintptr_t)pthread_self();
	uintptr_t lowest = is_stack_of(a, own, tp) ? own : a->end;

	if (!a->stack)
		return a->begin;
	for (size_t i = 0; threads && i < threads->count; i++) {
		const struct thread *one = &threads->thread[i];

		if (is_stack_of(a, one->sp, one->tp) && one->sp < lowest)
			lowest = one->sp - a->begin > RED_ZONE ? one->sp - RED_ZONE :
								 a->begin;
	}
	return lowest == a->end ? a->begin : lowest;
}

static void scan_roots(struct search *s, uintptr_t own, const struct threads *threads)
{
	for (size_t i = 0; threads && i < threads->count; i++) {
		const struct thread *one = &threads->thread[i];

		for (size_t j = 0; j < one->size / sizeof(uintptr_t); j++)
			take_word(s, one->registers[j]);
	}
	for (size_t i = 0; i < s->memory.areas; i++) {
		const struct area *a = &s->memory.area[i];

		if (a->root)
			scan_root(s, first_in_use(a, own, threads), a->end,
				  a->own ? PAGES_CHANGED : PAGES_ALL);
	}
}

/* ---- leaks ---- */

static void follow_from(struct search *s, size_t block, size_t from, size_t to)
{
	s->from = from;
	s->to = to;
	reach(s, block);
	follow(s);
}

/*
 * First the blocks from which all lost ones are reached, then the other way round:
 * a start that a later one reaches is no leak itself.  No earlier one reaches it, since
 * it would not be a start then.  Of a ring that nothing else reaches, one block is left.
 */
static void find_leaks(struct search *s)
{
	size_t starts = 0;

	for (size_t i = 0; i < s->blocks; i++)
		if (s->state[i] == UNKNOWN) {
			s->start[starts++] = i;
			follow_from(s, i, UNKNOWN, LOST);
		}
	while (starts-- > 0)
		if (s->state[s->start[starts]] == LOST)
			follow_from(s, s->start[starts], LOST, LED_BY + s->start[starts]);
}

int search_run(struct search *s, uintptr_t own, const struct threads *threads)
{
	int error = memory_open(&s->memory);

	if (error != 0)
		return error;
	s->from = UNKNOWN;
	s->to = REACHED;
	scan_roots(s, own, threads);
	find_leaks(s);
	memory_close(&s->memory);
	return 0;
}
