/* SPDX-License-Identifier: MIT */
/*
 * producer_consumer: every block is freed by another thread than made it.
 *
 * Producers pass blocks through one bounded queue, a batch at a time so that
 * the queue's lock is not what is measured.  One op is one block's life.
 */
#include "common.h"

#include <pthread.h>

#define BATCH 128
#define QUEUE 32 /* batches that may wait */

struct batch {
	uint64_t count; /* 0 tells a consumer to end */
	void *block[BATCH];
};

/* Everything under `lock`. */
static struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled, drained;
	struct batch ring[QUEUE];
	unsigned first, length;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER,
	   .filled = PTHREAD_COND_INITIALIZER,
	   .drained = PTHREAD_COND_INITIALIZER};

/* A producer has blocks to make, a consumer has none. */
struct party {
	uint64_t blocks;
	size_t size;
};

static uint64_t consumers;
static uint64_t producers_left; /* counted down atomically */

static void queue_put(const struct batch *b)
{
	pthread_mutex_lock(&queue.lock);
	while (queue.length == QUEUE)
		pthread_cond_wait(&queue.drained, &queue.lock);
	queue.ring[(queue.first + queue.length++) % QUEUE] = *b;
	pthread_cond_signal(&queue.filled);
	pthread_mutex_unlock(&queue.lock);
}

static void queue_take(struct batch *b)
{
	pthread_mutex_lock(&queue.lock);
	while (queue.length == 0)
		pthread_cond_wait(&queue.filled, &queue.lock);
	*b = queue.ring[queue.first];
	queue.first = (queue.first + 1) % QUEUE;
	queue.length--;
	pthread_cond_signal(&queue.drained);
	pthread_mutex_unlock(&queue.lock);
}

/* The last producer to end tells every consumer. */
static void produce(const struct party *p)
{
	struct batch b = {.count = 0};

	for (uint64_t left = p->blocks; left > 0; left -= b.count) {
		b.count = left < BATCH ? left : BATCH;
		for (uint64_t i = 0; i < b.count; i++)
			b.block[i] = fresh(p->size);
		queue_put(&b);
	}
	if (__atomic_sub_fetch(&producers_left, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	b.count = 0;
	for (uint64_t i = 0; i < consumers; i++)
		queue_put(&b);
}

static void consume(void)
{
	struct batch b;

	for (queue_take(&b); b.count > 0; queue_take(&b))
		for (uint64_t i = 0; i < b.count; i++)
			release(b.block[i]);
}

static void party_work(void *argument)
{
	const struct party *p = argument;

	if (p->blocks > 0)
		produce(p);
	else
		consume();
}

static void run(const struct request *r, struct outcome *o)
{
	uint64_t producers = r->values[0];
	struct party *parties;

	consumers = r->values[1];
	producers_left = producers;
	parties = harness_memory((producers + consumers) * sizeof *parties);
	for (uint64_t i = 0; i < producers; i++)
		parties[i] = (struct party){.blocks = r->values[2],
					    .size = r->values[3]};
	threads_run(producers + consumers, party_work, parties, sizeof *parties, o);
	o->ops = producers * r->values[2];
}

const struct workload producer_consumer = {
	.name = "producer-consumer",
	.summary = "a block made by one thread, freed by another",
	.params = {{"PRODUCERS", 1, THREADS_LIMIT, 1},
		   {"CONSUMERS", 1, THREADS_LIMIT, 1},
		   {"OPS", 1, OPS_LIMIT, 4000000},
		   {"SIZE", 1, SIZE_LIMIT, 64}},
	.scaled = 2,
	.threaded = true,
	.run = run,
};
