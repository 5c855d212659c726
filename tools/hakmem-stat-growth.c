/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-growth.h"

#include <stdlib.h>
#include <string.h>

#include "hakmem-stat-function.h"
#include "hakmem-stat-maps.h"
#include "hakmem-stat-sites.h"

/* ---- classes ---- */

static void note(struct grown *g, bool first, uint64_t now)
{
	g->before = first ? now : g->now;
	g->now = now;
	if (first)
		g->first = now;
}

static void look_at_classes(struct growth *g)
{
	const struct report *r = &g->process.report;
	bool first = g->looks == 0;

	for (unsigned bin = 0; bin < BIN_COUNT; bin++)
		note(&g->class[bin], first, r->bin[bin].live * size_class_table[bin].usable);
	note(&g->class[CLASS_LARGE], first, r->large);
	note(&g->class[CLASS_HUGE], first, r->huge);
	note(&g->class[CLASS_ALL], first, r->allocated);
}

/* ---- sites ---- */

static bool add_place(struct growth *g, const struct site *there, struct site *site)
{
	struct place *longer = realloc(g->place, (g->places + 1) * sizeof(*longer));

	if (!longer)
		return false;
	g->place = longer;
	g->place[g->places++] = (struct place){.there = there, .site = site};
	return true;
}

/* The list begins with the newest: adds those that stand before the ones known. */
static bool add_new(struct growth *g, pid_t pid, const struct site *there)
{
	const struct site *known = g->newest;
	size_t most = sites_most(g->process.report.profile_sites);

	if (there)
		g->newest = there;
	while (there && there != known) {
		struct site *site = g->places < most ? sites_copy(pid, there) : NULL;

		if (!site || !add_place(g, there, site)) {
			free(site);
			return false;
		}
		there = site->next;
	}
	return true;
}

static bool look_at_sites(struct growth *g, pid_t pid)
{
	struct stats_page page;
	const struct site *there;
	struct site_sum live;

	if (process_page(pid, &page) != PROCESS_READ || !sites_head(pid, &page, &there) ||
	    !add_new(g, pid, there))
		return false;
	for (size_t i = 0; i < g->places; i++) {
		struct place *p = &g->place[i];

		if (process_copy(pid, &p->there->live, &live, sizeof(live)) != PROCESS_READ)
			return false;
		note(&p->live, g->looks == 0 && !g->fresh, live.bytes);
	}
	return true;
}

enum outcome growth_look(struct growth *g, pid_t pid)
{
	enum outcome outcome = process_read(pid, &g->process);

	if (outcome != PROCESS_READ)
		return outcome;
	if (!look_at_sites(g, pid))
		return process_read(pid, &g->process) == PROCESS_READ ? PROCESS_BROKEN :
									PROCESS_GONE;
	look_at_classes(g);
	g->looks++;
	return PROCESS_READ;
}

/* ---- names ---- */

#ifdef HAK_PROFILER

/* Reads the maps again for an address that is in none: an object was opened. */
static const struct mapping *find_mapping(struct maps *maps, pid_t pid, uintptr_t address)
{
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < maps->count; i++)
			if (address >= maps->mapping[i].begin && address < maps->mapping[i].end)
				return &maps->mapping[i];
		free(maps->mapping);
		*maps = (struct maps){NULL, 0};
		if (!maps_read(pid, maps))
			return NULL;
	}
	return NULL;
}

static char *name_at(pid_t pid, uintptr_t address)
{
	static struct maps maps;
	const struct mapping *m = find_mapping(&maps, pid, address);

	if (!m)
		return function_name(address, NULL);
	return function_name(address, &(struct code){m->begin, m->offset, m->name, m->build_id});
}

#else

static char *name_at(pid_t pid, uintptr_t address)
{
	(void)pid;
	return function_name(address, NULL);
}

#endif /* HAK_PROFILER */

void growth_name(struct growth *g, struct place *p)
{
	if (p->function)
		return;
	p->function = calloc(p->site->depth + 1, sizeof(*p->function));
	for (uint32_t i = 0; p->function && i < p->site->depth; i++)
		p->function[i] = name_at(g->process.pid, p->site->pc[i]);
}

void growth_free(struct growth *g)
{
	for (size_t i = 0; i < g->places; i++) {
		struct place *p = &g->place[i];

		for (uint32_t f = 0; p->function && f < p->site->depth; f++)
			free(p->function[f]);
		free(p->function);
		free(p->site);
	}
	free(g->place);
}
