/* SPDX-License-Identifier: MIT */
/*
 * producer_consumer: every block is freed by another thread than made it.
 *
 * Producers pass blocks on a batch at a time, to each consumer's bounded queue in
 * turn, so that the queues' locks are not what is measured.  One op is one block's life.
 */
#include "common.h"

#include <pthread.h>

#define BATCH 128
#define QUEUE 32 /* batches that may wait for a consumer */

struct batch {
	uint64_t count; /* 0 tells a consumer to end */
	void *block[BATCH];
};

/* A consumer's: everything under `lock`. */
struct queue {
	_Alignas(128) pthread_mutex_t lock;
	pthread_cond_t filled, drained;
	struct batch ring[QUEUE];
	unsigned first, length;
};

/* A producer has blocks to make, and a consumer its queue. */
struct party {
	uint64_t blocks;
	size_t size;
	uint64_t next; /* queue to put to */
	struct queue *own;
};

static struct queue *queues; /* one for each of the consumers */
static uint64_t consumers;
static uint64_t producers_left; /* counted down atomically */

static void queue_open(struct queue *q)
{
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->filled, NULL);
	pthread_cond_init(&q->drained, NULL);
}

static void queue_put(struct queue *q, const struct batch *b)
{
	pthread_mutex_lock(&q->lock);
	while (q->length == QUEUE)
		pthread_cond_wait(&q->drained, &q->lock);
	q->ring[(q->first + q->length++) % QUEUE] = *b;
	pthread_cond_signal(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

static void queue_take(struct queue *q, struct batch *b)
{
	pthread_mutex_lock(&q->lock);
	while (q->length == 0)
		pthread_cond_wait(&q->filled, &q->lock);
	*b = q->ring[q->first];
	q->first = (q->first + 1) % QUEUE;
	q->length--;
	pthread_cond_signal(&q->drained);
	pthread_mutex_unlock(&q->lock);
}

/* The last producer to end tells every consumer. */
static void produce(const struct party *p)
{
	struct batch b = {.count = 0};
	uint64_t next = p->next;

	for (uint64_t left = p->blocks; left > 0; left -= b.count) {
		b.count = left < BATCH ? left : BATCH;
		for (uint64_t i = 0; i < b.count; i++)
			b.block[i] = fresh(p->size);
		queue_put(&queues[next++ % consumers], &b);
	}
	if (__atomic_sub_fetch(&producers_left, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	b.count = 0;
	for (uint64_t i = 0; i < consumers; i++)
		queue_put(&queues[i], &b);
}

static void consume(struct queue *q)
{
	struct batch b;

	for (queue_take(q, &b); b.count > 0; queue_take(q, &b))
		for (uint64_t i = 0; i < b.count; i++)
			release(b.block[i]);
}

static void party_work(void *argument)
{
	const struct party *p = argument;

	if (p->blocks > 0)
		produce(p);
	else
		consume(p->own);
}

static void run(const struct request *r, struct outcome *o)
{
	uint64_t producers = r->values[0];
	struct party *parties;

	consumers = r->values[1];
	producers_left = producers;
	parties = harness_memory((producers + consumers) * sizeof *parties);
	queues = harness_memory(consumers * sizeof *queues);
	for (uint64_t i = 0; i < producers; i++)
		parties[i] = (struct party){.blocks = r->values[2],
					    .size = r->values[3], .next = i};
	for (uint64_t i = 0; i < consumers; i++) {
		queue_open(&queues[i]);
		parties[producers + i].own = &queues[i];
	}
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
