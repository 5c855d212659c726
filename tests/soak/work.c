/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "shadow.h"
#include "soak.h"

/* Operations until what is likely changes. */
#define PHASE 2048

/* Blocks above this are Huge; a worker touches few of them. */
#define HUGE_FROM (MIB + 1)

/* The sizes at whose borders things go wrong. */
static const size_t borders[] = {
#define SIZE_CLASS(class, size, ...) size,
#include "size_class/size_class.def"
#undef SIZE_CLASS
	64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB, MIB, 2 * MIB,
};

static struct place {
	bool taken; /* by exchange to true (acquire); store false (release) */
	struct held held; /* of the holder */
} exchange[EXCHANGE];

static size_t border_size(uint64_t *random)
{
	uint64_t dice = random_next(random);
	size_t i = dice % COUNT_OF(borders);

	/* Twice: small sizes more often. */
	if (dice >> 32 & 3)
		i = i * (dice >> 8 & 0xff) >> 8;
	return borders[i] + (dice >> 40) % 3 - 1;
}

static size_t any_size(struct worker *w)
{
	uint64_t dice = random_next(&w->random) % 1024;

	if (dice < 512)
		return border_size(&w->random);
	if (dice < 960)
		return random_size(&w->random, 10);
	if (dice < 1012)
		return random_size(&w->random, 16);
	return random_size(&w->random, dice < 1022 ? 20 : 24);
}

/* The mark depends on the place, so that a stale copy does not pass. */
static uint64_t place_seed(const struct held *h)
{
	return h->seed ^ (uint64_t)(uintptr_t)h->block;
}

static void check_mark(const struct held *h, const void *block, size_t size,
		       const char *when)
{
	size_t end = mark_end(block, h->marked, size, place_seed(h));

	must(end == size, "%s: block %p of %zu bytes (usable %zu) changed near byte %zu",
	     when, (void *)h->block, h->size, h->usable, end);
}

/* Large ones at their ends: their pages are not to be touched for nothing. */
static void check_zero(const struct held *h)
{
	size_t end = h->size < 4 * HUGE_FROM ? h->size : 256 * KIB;

	must(zero_end(h->block, end) == end,
	     "block %p of %zu bytes is not zero at byte %zu", (void *)h->block,
	     h->size, zero_end(h->block, end));
}

static void check_good_size(const struct held *h)
{
	size_t good = calls_good_size(h->size);

	if (good == 0 || h->origin != BY_SIZE)
		return;
	must(h->usable >= good,
	     "block %p of %zu bytes has %zu, hak_good_size says %zu",
	     (void *)h->block, h->size, h->usable, good);
}

/* What must hold of a block that the allocator just gave; marks it. */
static void admit(struct worker *w, struct held *h)
{
	must(is_aligned(h->block, h->alignment),
	     "block %p of %zu bytes is not aligned to %zu", (void *)h->block,
	     h->size, h->alignment);
	h->usable = calls_usable(w, h->block);
	must(h->usable >= h->size, "block %p of %zu bytes has %zu",
	     (void *)h->block, h->size, h->usable);
	must(shadow_claim(h->block, h->usable),
	     "block %p of %zu bytes (usable %zu) overlaps a live one",
	     (void *)h->block, h->size, h->usable);
	h->seed = random_next(&w->random);
	h->marked = h->seed % 4 == 0 ? h->usable : h->size;
	mark_fill(h->block, h->marked, place_seed(h));
}

/* What must hold of a live block. */
static void check(struct worker *w, const struct held *h)
{
	size_t usable = calls_usable(w, h->block);

	must(usable == h->usable, "the usable size of %p was %zu and is %zu",
	     (void *)h->block, h->usable, usable);
	check_mark(h, h->block, h->marked, "check");
}

/* No memory: allowed under a limit alone. */
static void check_refusal(size_t size)
{
	must(settings.may_refuse, "%zu bytes were refused", size);
	must(errno == ENOMEM, "%zu bytes were refused with errno %d", size, errno);
}

static void take(struct worker *w, struct held *h)
{
	h->size = w->one_size ? w->one_size : any_size(w);
	h->block = calls_alloc(w, h);
	if (!h->block) {
		check_refusal(h->size);
		return;
	}
	must(!names_are_private || h->size == 0 || (uintptr_t)h->block >= 4096,
	     "a block at %p", (void *)h->block);
	if (h->zeroed)
		check_zero(h);
	admit(w, h);
	if (h->origin == BY_SIZE)
		check_good_size(h);
}

static void release_claim(const struct held *h)
{
	must(shadow_release(h->block, h->usable),
	     "block %p of %zu bytes was not live throughout", (void *)h->block,
	     h->usable);
}

static void drop(struct worker *w, struct held *h)
{
	check(w, h);
	release_claim(h);
	calls_free(w, h);
	h->block = NULL;
}

static void after_refusal(const struct held *h, size_t size)
{
	check_refusal(size);
	must(shadow_claim(h->block, h->usable),
	     "block %p was given away by a realloc that failed", (void *)h->block);
	check_mark(h, h->block, h->marked, "a realloc that failed");
}

static void resize(struct worker *w, struct held *h)
{
	size_t size = any_size(w) + 1;
	size_t kept = size < h->size ? size : h->size;
	char *block;

	check(w, h);
	release_claim(h);
	kept = kept < h->marked ? kept : h->marked;
	block = calls_resize(w, h->block, size);
	if (!block) {
		after_refusal(h, size);
		return;
	}
	check_mark(h, fault_resize(block, kept), kept, "realloc");
	*h = (struct held){.block = block, .size = size, .origin = BY_SIZE,
			   .alignment = least_alignment(size)};
	admit(w, h);
}

/* Never waits: the holder may have been left behind by a fork. */
static void swap(struct worker *w, struct held *h)
{
	struct place *p = &exchange[random_next(&w->random) % EXCHANGE];
	struct held mine = *h;

	if (__atomic_exchange_n(&p->taken, true, __ATOMIC_ACQUIRE))
		return;
	*h = p->held;
	p->held = mine;
	__atomic_store_n(&p->taken, false, __ATOMIC_RELEASE);
}

/* Growing, shrinking, in balance; of all sizes or of one. */
void work_new_phase(struct worker *w)
{
	uint64_t dice = random_next(&w->random);
	static const struct {
		unsigned allocate, release;
	} moods[] = {{255, 40}, {30, 240}, {255, 200}, {128, 128}, {255, 230}};

	w->allocate = moods[dice % COUNT_OF(moods)].allocate;
	w->release = moods[dice % COUNT_OF(moods)].release;
	w->reach = SHELF >> (dice >> 8) % 6;
	w->one_size = (dice >> 16) % 4 ? 0 : border_size(&w->random);
}

static void touch(struct worker *w, struct held *h, unsigned dice)
{
	unsigned rare = dice >> 8 & 0xff;

	if ((dice & 0xff) < w->release)
		drop(w, h);
	else if (rare < 96)
		resize(w, h);
	else if (rare < 98)
		calls_aside(w, h);
	else
		check(w, h);
}

void work_step(struct worker *w)
{
	struct held *h = &w->shelf[random_next(&w->random) % w->reach];
	unsigned dice = (unsigned)random_next(&w->random);

	if (++w->ops % PHASE == 0)
		work_new_phase(w);
	if (dice >> 16 < 4)
		calls_absurd(w);
	else if ((dice >> 24) < 24)
		swap(w, h);
	else if (h->block)
		touch(w, h, dice);
	else if ((dice & 0xff) < w->allocate)
		take(w, h);
}

void work_empty_shelf(struct worker *w)
{
	for (size_t i = 0; i < SHELF; i++)
		if (w->shelf[i].block)
			drop(w, &w->shelf[i]);
}

void work_empty_exchange(struct worker *w)
{
	for (size_t i = 0; i < EXCHANGE; i++) {
		struct place *p = &exchange[i];

		if (__atomic_exchange_n(&p->taken, true, __ATOMIC_ACQUIRE))
			continue;
		if (p->held.block)
			drop(w, &p->held);
		__atomic_store_n(&p->taken, false, __ATOMIC_RELEASE);
	}
}
