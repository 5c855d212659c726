/* SPDX-License-Identifier: MIT */
#include "latency.h"

#include "common.h"

#include <stdio.h>
#include <time.h>

/* Buckets: 64 to a power of two; below 128 one for each nanosecond. */
#define STEP_BITS 6
#define STEPS (UINT64_C(1) << STEP_BITS)
#define BUCKETS ((64 - STEP_BITS) * STEPS + STEPS)
#define CLOCK_TRIES 1000

static uint64_t bucket[BUCKETS]; /* counted up atomically */
static uint64_t longest;         /* raised atomically */
static uint64_t clock_cost;      /* set before there are threads */

static struct {
	void *(*allocate)(size_t size);
	void *(*zeroed)(size_t count, size_t size);
	void *(*resize)(void *block, size_t size);
	void (*release)(void *block);
} real; /* set before there are threads */

/* ---- buckets -------------------------------------------------------------- */

static size_t bucket_of(uint64_t value)
{
	unsigned shift = 0;

	while (value >> shift >= 2 * STEPS)
		shift++;
	return shift * STEPS + (value >> shift);
}

/* The middle of what falls into it. */
static uint64_t value_of(size_t index)
{
	unsigned shift = index < 2 * STEPS ? 0 : (unsigned)(index / STEPS - 1);
	uint64_t start = (index - shift * STEPS) << shift;

	return start + (UINT64_C(1) << shift) / 2;
}

void latency_note(uint64_t nanoseconds)
{
	uint64_t seen = __atomic_load_n(&longest, __ATOMIC_RELAXED);

	__atomic_fetch_add(&bucket[bucket_of(nanoseconds)], 1, __ATOMIC_RELAXED);
	while (nanoseconds > seen &&
	       !__atomic_compare_exchange_n(&longest, &seen, nanoseconds, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* ---- the clock -------------------------------------------------------------- */

uint64_t latency_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

/* The least that two readings are apart. */
static uint64_t least_distance(void)
{
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < CLOCK_TRIES; i++) {
		uint64_t start = latency_clock(), distance;

		distance = latency_clock() - start;
		if (distance < least)
			least = distance;
	}
	return least;
}

static void note_since(uint64_t start)
{
	uint64_t spent = latency_clock() - start;

	latency_note(spent > clock_cost ? spent - clock_cost : 0);
}

/* ---- the stand-ins ------------------------------------------------------------ */

static void *timed_allocate(size_t size)
{
	uint64_t start = latency_clock();
	void *block = real.allocate(size);

	note_since(start);
	return block;
}

static void *timed_zeroed(size_t count, size_t size)
{
	uint64_t start = latency_clock();
	void *block = real.zeroed(count, size);

	note_since(start);
	return block;
}

static void *timed_resize(void *block, size_t size)
{
	uint64_t start = latency_clock();
	void *resized = real.resize(block, size);

	note_since(start);
	return resized;
}

/* free(NULL) is no work; workloads clear slots that may be empty. */
static void timed_release(void *block)
{
	uint64_t start = latency_clock();

	real.release(block);
	if (block)
		note_since(start);
}

void latency_begin(void)
{
	clock_cost = least_distance();
	real.allocate = allocate;
	real.zeroed = zeroed;
	real.resize = resize;
	real.release = release;
	allocate = timed_allocate;
	zeroed = timed_zeroed;
	resize = timed_resize;
	release = timed_release;
}

void latency_end(void)
{
	allocate = real.allocate;
	zeroed = real.zeroed;
	resize = real.resize;
	release = real.release;
}

/* ---- percentiles ---------------------------------------------------------------- */

static uint64_t count_all(void)
{
	uint64_t count = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		count += bucket[i];
	return count;
}

/* The value that `rank` others are not above. */
static uint64_t value_at(uint64_t rank)
{
	size_t i = 0;

	for (uint64_t below = bucket[0]; below <= rank; below += bucket[i])
		i++;
	return value_of(i) < longest ? value_of(i) : longest;
}

void latency_print(char *text, size_t size)
{
	static const struct {
		const char *name;
		uint64_t per_mille;
	} parts[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}};
	uint64_t count = count_all();
	size_t used;

	text[0] = '\0';
	if (count == 0)
		return;
	used = (size_t)snprintf(text, size, " timed=%llu",
				(unsigned long long)count);
	for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (count * parts[i].per_mille / 1000 + 1 < count)
			used += (size_t)snprintf(
				text + used, size - used, " %s_ns=%llu",
				parts[i].name,
				(unsigned long long)value_at(
					count * parts[i].per_mille / 1000));
	snprintf(text + used, size - used, " max_ns=%llu",
		 (unsigned long long)longest);
}
