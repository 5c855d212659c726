/* SPDX-License-Identifier: MIT */
/*
 * latency: how long single calls take, as percentiles.
 *
 * Reading a clock costs more than a fast call, so calls are never timed in the
 * run that gives ops per second, but in a shorter one after it: then each call
 * goes through a stand-in that times it.  What the clock itself takes is
 * subtracted, and a call faster than the clock can tell counts as 0.
 */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include <stddef.h>
#include <stdint.h>

/* From here to the end, every call is timed. */
void latency_begin(void);
void latency_end(void);

/* One latency; any thread may. */
void latency_note(uint64_t nanoseconds);

/* Nanoseconds that a clock nobody sets has counted. */
uint64_t latency_clock(void);

/*
 * " timed=COUNT p50_ns=... p90_ns=... p99_ns=... p999_ns=... max_ns=...", or
 * nothing when nothing was noted.  A percentile needs a value above it: of
 * 500 latencies there is no p999_ns.  Each is exact to 1 in 64.
 */
void latency_print(char *text, size_t size);

#endif /* BENCH_LATENCY_H */
