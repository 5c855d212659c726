/* SPDX-License-Identifier: MIT */
/*
 * larson: a server whose threads come and go while their blocks live on.
 *
 * THREADS chains run side by side.  A thread replaces random blocks of its
 * chain, then hands all of them on to a fresh thread and ends; so most blocks
 * are freed by another thread than made them, often after that one's death.
 * The amount of work is fixed, not the time.
 */
#include "common.h"

#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#define LEAST 8
#define MOST 1000
#define OPS_PER_SLOT_AND_LIFE 100

struct chain {
	struct slots slots;
	uint64_t lives; /* threads still to come, the running one included */
	sem_t *done;    /* posted at the end of the last life */
};

static void start_life(struct chain *c);

static void *life(void *argument)
{
	struct chain *c = argument;

	slots_replace(&c->slots, c->slots.count * OPS_PER_SLOT_AND_LIFE);
	if (--c->lives > 0)
		start_life(c);
	else
		sem_post(c->done);
	return NULL;
}

/* Detached: nobody waits for a thread that has handed its blocks on. */
static void start_life(struct chain *c)
{
	pthread_attr_t detached;
	pthread_t thread;
	int error;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &detached, life, c);
	if (error != 0)
		fail("cannot start a thread: %s", strerror(error));
	pthread_attr_destroy(&detached);
}

static void chain_open(struct chain *c, uint64_t lives, uint64_t slots,
		       sem_t *done)
{
	c->lives = lives;
	c->done = done;
	c->slots.least = LEAST;
	c->slots.most = MOST;
	slots_open(&c->slots, slots);
	slots_fill(&c->slots);
}

static double chains_run(struct chain *chains, uint64_t count, sem_t *done)
{
	double start = now_seconds();

	for (uint64_t i = 0; i < count; i++)
		start_life(&chains[i]);
	for (uint64_t i = 0; i < count; i++)
		sem_wait(done);
	return now_seconds() - start;
}

static void run(const struct request *r, struct outcome *o)
{
	uint64_t threads = r->values[0], lives = r->values[1];
	uint64_t slots = r->values[3];
	struct chain *chains = harness_memory(threads * sizeof *chains);
	sem_t done;

	sem_init(&done, 0, 0);
	for (uint64_t i = 0; i < threads; i++) {
		chains[i].slots.random = random_start(r->values[2], i);
		chain_open(&chains[i], lives, slots, &done);
	}
	o->seconds = chains_run(chains, threads, &done);
	o->ops = threads * lives * slots * OPS_PER_SLOT_AND_LIFE;
	for (uint64_t i = 0; i < threads; i++)
		slots_clear(&chains[i].slots);
}

const struct workload larson = {
	.name = "larson",
	.summary = "a block replaced by threads that hand all on and end",
	.params = {{"THREADS", 1, THREADS_LIMIT, 2},
		   {"LIVES", 1, OPS_LIMIT / (SLOTS_LIMIT * 100), 50},
		   {"SEED", 0, UINT64_MAX, 1},
		   {"SLOTS", 1, SLOTS_LIMIT, 1000}},
	.scaled = 1,
	.threaded = true,
	.run = run,
};
