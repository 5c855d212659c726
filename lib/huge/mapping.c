/* SPDX-License-Identifier: MIT */
#include "huge/mapping.h"

#include "base/atomics.h"

static uint32_t last_origin; /* any thread, relaxed */
static unsigned all_seams;   /* the sum of `seams`; any thread, relaxed */

/* The only writer of `seams`. */
static void set_seams(struct mapping *m, unsigned seams)
{
	add_relaxed(&all_seams, seams - m->seams);
	m->seams = seams;
}

static uint32_t new_origin(void)
{
	return add_relaxed(&last_origin, 1u);
}

void mapping_is(struct mapping *m, char *base, size_t size)
{
	m->base = base;
	m->size = size;
	m->part[0] = (struct part){0, new_origin()};
	set_seams(m, 0);
}

static size_t part_size(const struct mapping *m, unsigned i)
{
	size_t end = i < m->seams ? m->part[i + 1].begin : m->size;

	return end - m->part[i].begin;
}

size_t mapping_longest(const struct mapping *m, size_t *begin)
{
	unsigned longest = 0;

	for (unsigned i = 1; i <= m->seams; i++)
		if (part_size(m, i) > part_size(m, longest))
			longest = i;
	*begin = m->part[longest].begin;
	return part_size(m, longest);
}

bool mapping_may_add_seams(const struct mapping *m)
{
	return m->seams + 2 <= SEAMS_MAX && load_relaxed(&all_seams) < SEAMS_TOTAL;
}

void mapping_begin_part(struct mapping *m, size_t offset)
{
	if (offset == m->part[m->seams].begin || offset == m->size)
		return;
	set_seams(m, m->seams + 1);
	m->part[m->seams] = (struct part){offset, new_origin()};
}

void mapping_drop_front(struct mapping *m, size_t bytes)
{
	unsigned first = 0;

	while (first < m->seams && m->part[first + 1].begin <= bytes)
		first++;
	for (unsigned i = first; i <= m->seams; i++)
		m->part[i - first] = (struct part){m->part[i].begin - bytes,
						   m->part[i].origin};
	m->part[0].begin = 0;
	set_seams(m, m->seams - first);
	m->base += bytes;
	m->size -= bytes;
}

/* Forgets its bytes from `size` on, 0 < size. */
static void drop_back(struct mapping *m, size_t size)
{
	unsigned last = m->seams;

	while (m->part[last].begin >= size)
		last--;
	set_seams(m, last);
	m->size = size;
}

void mapping_cut(struct mapping *m, size_t offset, struct mapping *rest)
{
	*rest = *m;
	add_relaxed(&all_seams, m->seams);
	mapping_drop_front(rest, offset);
	drop_back(m, offset);
}

/* Were they cut apart? */
static bool one_origin(const struct mapping *m, const struct mapping *next)
{
	return m->part[m->seams].origin == next->part[0].origin;
}

bool mapping_may_join(const struct mapping *m, const struct mapping *next)
{
	return m->base + m->size == next->base &&
	       m->seams + next->seams + !one_origin(m, next) <= SEAMS_MAX;
}

void mapping_join(struct mapping *m, struct mapping *next)
{
	unsigned last = m->seams;

	for (unsigned i = one_origin(m, next); i <= next->seams; i++)
		m->part[++last] = (struct part){m->size + next->part[i].begin,
						next->part[i].origin};
	set_seams(m, last);
	m->size += next->size;
}

void mapping_forget(struct mapping *m)
{
	set_seams(m, 0);
}
