/* SPDX-License-Identifier: MIT */
#include "profile/sites.h"

#include <string.h>

#include "meta/meta.h"
#include "stats/stats.h"

#define BUCKET_BITS 14

static struct site *buckets[1 << BUCKET_BITS];
HAK_NEAR struct site *sites_first;

static uint64_t hash_stack(const uintptr_t *pc, unsigned depth)
{
	uint64_t hash = depth;

	for (unsigned i = 0; i < depth; i++)
		hash = (hash ^ pc[i] ^ hash >> 32) * 0x9E3779B97F4A7C15ull;
	return hash;
}

static bool is_stack(const struct site *s, uint64_t hash, const uintptr_t *pc,
		     unsigned depth)
{
	return s->hash == hash && s->depth == depth &&
	       memcmp(s->pc, pc, depth * sizeof(*pc)) == 0;
}

static struct site *make(uint64_t hash, const uintptr_t *pc, unsigned depth)
{
	struct site **bucket = &buckets[hash >> (64 - BUCKET_BITS)];
	struct site *s = meta_alloc(sizeof(*s) + depth * sizeof(*pc));

	if (!s)
		return NULL;
	s->hash = hash;
	s->depth = depth;
	memcpy(s->pc, pc, depth * sizeof(*pc));
	s->chain = *bucket;
	*bucket = s;
	s->next = sites_first;
	store_release(&sites_first, s);
	count_relaxed(&stats_totals.profile_sites, 1u);
	return s;
}

struct site *sites_find(const uintptr_t *pc, unsigned depth)
{
	uint64_t hash = hash_stack(pc, depth);
	struct site *s = buckets[hash >> (64 - BUCKET_BITS)];

	while (s && !is_stack(s, hash, pc, depth))
		s = s->chain;
	return s ? s : make(hash, pc, depth);
}

static void clear(struct site_sum *sum)
{
	store_relaxed(&sum->objects, (uint64_t)0);
	store_relaxed(&sum->bytes, (uint64_t)0);
}

void sites_reset(void)
{
	for (struct site *s = sites_first; s; s = s->next) {
		clear(&s->total);
		clear(&s->live);
	}
}
