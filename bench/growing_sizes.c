/* SPDX-License-Identifier: MIT */
/*
 * growing_sizes: strings that become longer over the time of a program.
 *
 * KEYS keys are set to strings and deleted at random, in eight phases: of about 100
 * bytes in the first, up to 12,000 in the last; PAUSE milliseconds after each.  Then
 * the program idles for IDLE milliseconds, replaces some strings by others of their
 * length, and trims.  live_kb is what is live at the end; rss_work_kb, rss_idle_kb and
 * rss_trim_kb are what is resident.  One op sets or deletes a key.
 */
#include "common.h"
#include "series.h"

#include <string.h>

#define PHASES 8
#define DELETED_PERCENT 80
#define GROWTH_PERCENT 55
#define LONGEST 12000
#define REPLACED_PART 3 /* of the keys, after the idle time */
#define LOOK_EVERY 4096
#define LOOKS 16 /* while idle */

struct keys {
	char **string;
	size_t *length;
	uint64_t count, random, live;
	struct series series;
};

/* Deletes the string if `length` is 0. */
static void set_key(struct keys *k, uint64_t key, size_t length)
{
	char *string = length ? memset(fresh(length), 1, length) : NULL;

	release(k->string[key]);
	k->live += length - k->length[key];
	k->string[key] = string;
	k->length[key] = length;
}

/* Those of a phase are longer than those of the phase before. */
static size_t random_length(struct keys *k, uint64_t phase)
{
	size_t most = LONGEST, least;

	for (uint64_t p = phase; p < PHASES - 1; p++)
		most = most * GROWTH_PERCENT / 100;
	least = most * GROWTH_PERCENT / 100;
	return least + random_high(random_next(&k->random), most - least + 1);
}

static void work(struct keys *k, uint64_t phase)
{
	for (uint64_t i = 0; i < k->count; i++) {
		uint64_t number = random_next(&k->random);
		bool deletes = random_high(number, 100) < DELETED_PERCENT;

		set_key(k, random_low(number, k->count),
			deletes ? 0 : random_length(k, phase));
		if (i % LOOK_EVERY == 0)
			series_look(&k->series);
	}
}

/* Looking on, so that the picture tells when memory goes. */
static void idle(struct keys *k, uint64_t milliseconds)
{
	for (unsigned i = 0; i < LOOKS; i++) {
		sleep_ms(milliseconds / LOOKS);
		series_look(&k->series);
	}
}

static void replace_some(struct keys *k)
{
	for (uint64_t i = 0; i < k->count / REPLACED_PART; i++) {
		uint64_t key = random_low(random_next(&k->random), k->count);

		set_key(k, key, k->length[key]);
	}
}

static void run(const struct request *r, struct outcome *o)
{
	struct keys k = {.count = r->values[0], .random = random_start(1, 0)};
	struct stopwatch watch = stopwatch_start();
	long worked, idled;

	k.string = harness_memory(k.count * sizeof *k.string);
	k.length = harness_memory(k.count * sizeof *k.length);
	series_begin(&k.series, 0.01);
	for (uint64_t phase = 0; phase < PHASES; phase++) {
		work(&k, phase);
		idle(&k, r->values[1]);
	}
	stopwatch_stop(watch, o);
	worked = series_note(&k.series);
	idle(&k, r->values[2]);
	replace_some(&k);
	idled = series_note(&k.series);
	trim();
	outcome_add(o, " live_kb=%llu rss_work_kb=%ld rss_idle_kb=%ld rss_trim_kb=%ld",
		    (unsigned long long)(k.live / KIB), worked, idled,
		    series_note(&k.series));
	for (uint64_t i = 0; i < k.count; i++)
		set_key(&k, i, 0);
	o->ops = k.count * PHASES;
	series_print(&k.series, o);
}

const struct workload growing_sizes = {
	.name = "growing-sizes",
	.summary = "one of KEYS strings set or deleted; they become longer; then idling",
	.params = {{"KEYS", 1, 1 << 24, 60000},
		   {"PAUSE", 0, 3600000, 0},
		   {"IDLE", 0, 3600000, 2500}},
	.scaled = NOT_SCALED,
	.untimed = true,
	.run = run,
};
