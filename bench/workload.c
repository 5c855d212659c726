/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include "check.h"
#include "common.h"
#include "latency.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The run in which calls are timed is this part of the other. */
#define TIMED_PART 8
#define LATENCY_TEXT 256

/* ---- the table ------------------------------------------------------------ */

/* In the order of the documentation. */
#define WORKLOADS(X) \
	X(pair) X(random_mixed) X(fixed_size) X(pool_tls) X(mid_large_mt) \
	X(larson) X(producer_consumer) X(thread_churn) X(realloc_grow) \
	X(calloc_large) X(calloc_sparse) X(large) X(large_rounds) X(burst) \
	X(fragmentation) X(thinned) X(growing_sizes) X(size_waste) \
	X(ended_threads) X(address_space) X(first_touch) X(startup) X(program) \
	X(watch) X(mixed_trace)

#define DECLARE(name) extern const struct workload name;
WORKLOADS(DECLARE)
#undef DECLARE

#define ADDRESS(name) &name,
const struct workload *const workloads[] = {WORKLOADS(ADDRESS) NULL};
#undef ADDRESS

static bool same_name(const char *a, const char *b)
{
	for (; *a != '\0'; a++, b++)
		if (*a != *b && !(*a == '-' && *b == '_'))
			return false;
	return *b == '\0';
}

const struct workload *workload_find(const char *name)
{
	for (const struct workload *const *w = workloads; *w; w++)
		if (same_name((*w)->name, name))
			return *w;
	return NULL;
}

unsigned workload_params(const struct workload *w)
{
	unsigned count = 0;

	while (count < PARAMS_MAX && w->params[count].name)
		count++;
	return count;
}

void workload_usage(const struct workload *w, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < workload_params(w) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 i > 0 ? " " : "", w->params[i].name);
	if (w->words && used < size)
		snprintf(text + used, size - used, " %s", w->words);
}

/* ---- the command line ----------------------------------------------------- */

bool param_read(const struct param *p, const char *text, uint64_t *value,
		char *why, size_t size)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	/* strtoull alone would take "", " 1" and "-1". */
	if (text[0] < '0' || text[0] > '9' || *end != '\0') {
		snprintf(why, size, "%s is \"%s\", which is not a number",
			 p->name, text);
		return false;
	}
	if (errno != 0 || *value < p->least || *value > p->most) {
		snprintf(why, size, "%s is %s, but must be from %llu to %llu",
			 p->name, text, (unsigned long long)p->least,
			 (unsigned long long)p->most);
		return false;
	}
	return true;
}

/* What has words has no number that does not begin with a digit. */
bool workload_takes_number(const struct workload *w, const char *word)
{
	return !w->words || (*word >= '0' && *word <= '9');
}

/* Numbers first, as many as there are; the words are what remains. */
static void read_request(const struct workload *w, char **arguments,
			 struct request *r)
{
	char why[256];

	for (unsigned i = 0; i < workload_params(w); i++) {
		r->values[i] = w->params[i].usual;
		if (*arguments && workload_takes_number(w, *arguments) &&
		    !param_read(&w->params[i], *arguments++, &r->values[i], why,
				sizeof why))
			refuse("%s", why);
	}
	if (*arguments && !w->words)
		refuse("\"%s\" is one argument too many", *arguments);
	r->words = arguments;
}

/* ---- the result ----------------------------------------------------------- */

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double cpu_seconds(const struct rusage *u)
{
	return seconds_of(u->ru_utime) + seconds_of(u->ru_stime);
}

/* The kernel's own peak lags behind by some pages. */
static long rss_peak_kb(const struct outcome *o, const struct rusage *to)
{
	return to->ru_maxrss > o->rss_end_kb ? to->ru_maxrss : o->rss_end_kb;
}

static void print_result(const struct workload *w, const struct outcome *o,
			 const struct rusage *from, const struct rusage *to)
{
	char latency[LATENCY_TEXT], rss_end[64] = "", cpu[64] = "";

	latency_print(latency, sizeof latency);
	if (o->rss_end_kb != NO_RSS_END)
		snprintf(rss_end, sizeof rss_end, " rss_end_kb=%ld",
			 o->rss_end_kb);
	if (o->cpu_seconds > 0)
		snprintf(cpu, sizeof cpu, " cpu_ns_per_op=%.6g",
			 o->cpu_seconds / (double)o->ops * 1e9);
	printf("name=%s ops=%llu seconds=%.9f mops=%.6g ns_per_op=%.6g%s "
	       "cpu_seconds=%.6f minor_faults=%ld major_faults=%ld "
	       "rss_peak_kb=%ld%s%s%s malloc_owner=%s\n",
	       w->name, (unsigned long long)o->ops, o->seconds,
	       (double)o->ops / o->seconds / 1e6,
	       o->seconds / (double)o->ops * 1e9, cpu,
	       cpu_seconds(to) - cpu_seconds(from),
	       to->ru_minflt - from->ru_minflt, to->ru_majflt - from->ru_majflt,
	       rss_peak_kb(o, to), rss_end, o->extra, latency, malloc_owner());
	if (fflush(stdout) != 0)
		fail("cannot write the result: %s", strerror(errno));
}

/* Seen by whoever traces this process; fails, and does nothing else. */
static void mark(const char *what)
{
	if (write(-1, what, strlen(what)) != -1)
		fail("there is a file of number -1");
}

/* The same work again, shorter, each call timed. */
static void run_timed(const struct workload *w, struct request r)
{
	struct outcome ignored = {.ops = 0};
	unsigned length = w->scaled;

	if (length != NOT_SCALED &&
	    r.values[length] / TIMED_PART >= w->params[length].least)
		r.values[length] /= TIMED_PART;
	latency_begin();
	w->run(&r, &ignored);
	latency_end();
}

void workload_main(const struct workload *w, char **arguments, bool timed)
{
	int whose = w->children ? RUSAGE_CHILDREN : RUSAGE_SELF;
	struct outcome o = {.ops = 0};
	struct request r;
	struct rusage from, to;

	calls_find();
	if (w->dry && *arguments && strcmp(*arguments, "--dry") == 0) {
		calls_dry();
		arguments++;
	}
	read_request(w, arguments, &r);
	mark(RUN_BEGINS);
	getrusage(whose, &from);
	w->run(&r, &o);
	getrusage(whose, &to);
	mark(RUN_ENDS);
	if (o.rss_end_kb == 0)
		o.rss_end_kb = memory_kb(getpid(), "\nRss:");
	if (timed && !w->untimed && !calls_are_dry())
		run_timed(w, r);
	if (!calls_are_dry())
		check_malloc();
	print_result(w, &o, &from, &to);
}
