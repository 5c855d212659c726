/* SPDX-License-Identifier: MIT */
#include "arena/ss_list.h"

#include "base/bits.h"

static void unlink_ss(struct ss_lists *lists, struct superslab *ss)
{
	if (ss->prev)
		ss->prev->next = ss->next;
	else
		lists->bucket[ss->bucket] = ss->next;
	if (ss->next)
		ss->next->prev = ss->prev;
	if (!lists->bucket[ss->bucket])
		lists->nonempty &= ~((uint64_t)1 << ss->bucket);
}

void ss_lists_add(struct ss_lists *lists, struct superslab *ss)
{
	unsigned bucket = longest_run(ss->free);

	ss->bucket = bucket;
	ss->prev = NULL;
	ss->next = lists->bucket[bucket];
	if (ss->next)
		ss->next->prev = ss;
	lists->bucket[bucket] = ss;
	lists->nonempty |= (uint64_t)1 << bucket;
}

void ss_lists_rank(struct ss_lists *lists, struct superslab *ss)
{
	if (longest_run(ss->free) == ss->bucket)
		return;
	unlink_ss(lists, ss);
	ss_lists_add(lists, ss);
}

struct superslab *ss_lists_first(const struct ss_lists *lists, unsigned granules)
{
	uint64_t fitting = lists->nonempty >> granules << granules;

	return fitting ? lists->bucket[lowest_bit(fitting)] : NULL;
}

struct superslab *ss_lists_next(const struct ss_lists *lists,
				const struct superslab *ss)
{
	return ss->next ? ss->next : ss_lists_first(lists, ss->bucket + 1);
}

struct superslab *ss_lists_longest(const struct ss_lists *lists)
{
	if (lists->nonempty == 0)
		return NULL;
	return lists->bucket[63 - __builtin_clzll(lists->nonempty)];
}

void ss_lists_add_dirty(struct ss_lists *lists, struct superslab *ss)
{
	if (ss->dirty_listed)
		return;
	ss->dirty_listed = true;
	ss->dirty_next = NULL;
	if (lists->dirty_head)
		*lists->dirty_tail = ss;
	else
		lists->dirty_head = ss;
	lists->dirty_tail = &ss->dirty_next;
}

struct superslab *ss_lists_pop_dirty(struct ss_lists *lists)
{
	struct superslab *ss;

	while ((ss = lists->dirty_head) != NULL) {
		lists->dirty_head = ss->dirty_next;
		ss->dirty_listed = false;
		if (((ss->dirty & ~ss->refused) | ss->doubted) != 0)
			break;
	}
	return ss;
}

void ss_lists_doubt(struct ss_lists *lists)
{
	for (unsigned bucket = 1; bucket <= SUPERSLAB_GRANULES; bucket++)
		for (struct superslab *ss = lists->bucket[bucket]; ss; ss = ss->next) {
			ss->doubted |= ss->free & ~ss->dirty;
			ss_lists_add_dirty(lists, ss);
		}
}

/* ss->bucket of one that is on no list. */
#define TAKEN (SUPERSLAB_GRANULES + 1)

static struct superslab *take_empty_of(struct ss_lists *lists, unsigned granules,
				       struct superslab *chain)
{
	struct superslab *ss, *next;

	for (ss = lists->bucket[granules]; ss; ss = next) {
		next = ss->next;
		if (ss->granules != granules)
			continue;
		unlink_ss(lists, ss);
		ss->bucket = TAKEN;
		ss->next = chain;
		chain = ss;
	}
	return chain;
}

static void drop_taken_from_dirty(struct ss_lists *lists)
{
	struct superslab *ss = lists->dirty_head, *next;

	lists->dirty_head = NULL;
	for (; ss; ss = next) {
		next = ss->dirty_next;
		ss->dirty_listed = false;
		if (ss->bucket != TAKEN)
			ss_lists_add_dirty(lists, ss);
	}
}

/* SuperSlabs have a multiple of SUPERSLAB_UNIT granules. */
struct superslab *ss_lists_take_empty(struct ss_lists *lists)
{
	struct superslab *chain = NULL;

	for (unsigned g = SUPERSLAB_UNIT; g <= SUPERSLAB_GRANULES; g += SUPERSLAB_UNIT)
		chain = take_empty_of(lists, g, chain);
	drop_taken_from_dirty(lists);
	return chain;
}

void ss_lists_add_back(struct ss_lists *lists, struct superslab *ss)
{
	ss_lists_add(lists, ss);
	if (ss->dirty != 0)
		ss_lists_add_dirty(lists, ss);
}
