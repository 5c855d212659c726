/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-sites.h"

#include <stdlib.h>

#define SITES_MAX 1000000u
#define SITES_MORE 10000u

size_t sites_most(uint64_t counted)
{
	return counted < SITES_MAX ? counted + SITES_MORE : SITES_MAX;
}

bool sites_head(pid_t pid, const struct stats_page *page, const struct site **there)
{
	return process_copy(pid, page->sites, there, sizeof(*there)) == PROCESS_READ;
}

struct site *sites_copy(pid_t pid, const struct site *there)
{
	size_t most = sizeof(struct site) + SITE_DEPTH * sizeof(uintptr_t);
	struct site *s = malloc(most);

	if (!s || process_copy(pid, there, s, sizeof(*s)) != PROCESS_READ ||
	    s->depth > SITE_DEPTH ||
	    process_copy(pid, there->pc, s->pc, s->depth * sizeof(*s->pc)) != PROCESS_READ) {
		free(s);
		return NULL;
	}
	return s;
}
