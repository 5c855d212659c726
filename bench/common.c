/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define USAGE_EXIT 2

void *(*allocate)(size_t size);
void (*release)(void *block);

/* ---- the calls measured ------------------------------------------------ */

/* instructions.sh knows these two by their prefix, and adds them back. */
static void *dry_allocate(size_t size)
{
	static char block[64];

	(void)size;
	return block;
}

static void dry_release(void *block)
{
	(void)block;
}

/* Not &malloc: in a position-dependent program that is the PLT stub. */
static void *loaded(const char *symbol)
{
	void *found = dlsym(RTLD_DEFAULT, symbol);

	if (!found)
		fail("no %s in this process: %s", symbol, dlerror());
	return found;
}

static void find_calls(void)
{
	allocate = (void *(*)(size_t))loaded("malloc");
	release = (void (*)(void *))loaded("free");
}

static const char *malloc_owner(void)
{
	Dl_info info;

	if (allocate == dry_allocate)
		return "none(dry)";
	if (dladdr((void *)allocate, &info) == 0 || !info.dli_fname)
		return "unknown";
	return info.dli_fname;
}

void *fresh(size_t size)
{
	volatile char *block = allocate(size);

	if (!block)
		fail("malloc(%zu) returned NULL", size);
	*block = 1;
	return (void *)block;
}

/* ---- arguments ---------------------------------------------------------- */

void fail(const char *what, ...)
{
	va_list list;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(list, what);
	vfprintf(stderr, what, list);
	va_end(list);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

void args_refuse(const struct args *a, const char *what, ...)
{
	va_list list;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(list, what);
	vfprintf(stderr, what, list);
	va_end(list);
	fprintf(stderr, "; usage: %s %s\n", program_invocation_short_name,
		a->usage);
	exit(USAGE_EXIT);
}

/* Takes the next argument if it is `flag`. */
static bool take_flag(struct args *a, const char *flag)
{
	if (a->next >= a->count || strcmp(a->values[a->next], flag) != 0)
		return false;
	a->next++;
	return true;
}

struct args args_open(int argc, char **argv, const char *usage)
{
	struct args a = {.count = argc, .next = 1, .values = argv,
			 .usage = usage};

	find_calls();
	if (take_flag(&a, "--help")) {
		printf("usage: %s %s\n", program_invocation_short_name, usage);
		exit(EXIT_SUCCESS);
	}
	return a;
}

void args_accept_dry(struct args *a)
{
	if (!take_flag(a, "--dry"))
		return;
	allocate = dry_allocate;
	release = dry_release;
}

uint64_t args_number(struct args *a, const char *what, uint64_t least,
		     uint64_t most)
{
	const char *text;
	char *end;
	uint64_t number;

	if (a->next >= a->count)
		args_refuse(a, "%s is missing", what);
	text = a->values[a->next++];
	errno = 0;
	number = strtoull(text, &end, 10);
	/* strtoull alone would take "", " 1" and "-1". */
	if (text[0] < '0' || text[0] > '9' || *end != '\0')
		args_refuse(a, "%s is \"%s\", which is not a number", what, text);
	if (errno != 0 || number < least || number > most)
		args_refuse(a, "%s is %s, but must be from %llu to %llu", what, text,
		       (unsigned long long)least, (unsigned long long)most);
	return number;
}

uint64_t args_optional(struct args *a, const char *what, uint64_t otherwise,
		       uint64_t least, uint64_t most)
{
	if (a->next >= a->count)
		return otherwise;
	return args_number(a, what, least, most);
}

void args_close(const struct args *a)
{
	if (a->next < a->count)
		args_refuse(a, "\"%s\" is one argument too many",
		       a->values[a->next]);
}

/* ---- the harness --------------------------------------------------------- */

void *harness_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		fail("no %zu bytes for the harness itself: %s", size,
		     strerror(errno));
	return memory;
}

double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* read(2), not stdio: a FILE would allocate in the middle of a measurement. */
long memory_kb(pid_t pid, const char *field)
{
	char path[64], text[4096];
	const char *found;
	ssize_t length;
	int file;

	snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", (long)pid);
	file = open(path, O_RDONLY | O_CLOEXEC);
	length = read(file, text, sizeof text - 1);
	if (length < 0)
		fail("cannot read %s: %s", path, strerror(errno));
	close(file);
	text[length] = '\0';
	found = strstr(text, field);
	if (!found)
		fail("%s has no line \"%s\"", path, field);
	return strtol(found + strlen(field), NULL, 10);
}

/* The kernel's own peak lags behind by some pages; it is never below now's. */
static long peak_kb(long now)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss > now ? usage.ru_maxrss : now;
}

void report(uint64_t ops, double seconds, const char *extra)
{
	long end = memory_kb(getpid(), "\nRss:");

	printf("name=%s ops=%llu seconds=%.6f mops=%.6g rss_peak_kb=%ld "
	       "rss_end_kb=%ld%s malloc_owner=%s\n",
	       program_invocation_short_name, (unsigned long long)ops, seconds,
	       (double)ops / seconds / 1e6, peak_kb(end), end, extra, malloc_owner());
}

uint64_t random_start(uint64_t seed, uint64_t index)
{
	uint64_t state = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) +
			 (index + 1) * UINT64_C(0xd1342543de82ef95);

	state |= 1;
	for (int i = 0; i < 8; i++) /* small seeds start with few bits set */
		random_next(&state);
	return state;
}

/* ---- slots ---------------------------------------------------------------- */

void slots_open(struct slots *s, uint64_t count)
{
	s->count = count;
	s->block = harness_memory(count * sizeof *s->block);
}

static size_t slots_size(const struct slots *s, uint64_t number)
{
	return s->least + random_high(number, s->most - s->least + 1);
}

void slots_toggle(struct slots *s, uint64_t ops)
{
	while (ops-- > 0) {
		uint64_t number = random_next(&s->random);
		void **slot = &s->block[random_low(number, s->count)];

		if (*slot) {
			release(*slot);
			*slot = NULL;
		} else {
			*slot = fresh(slots_size(s, number));
		}
	}
}

void slots_replace(struct slots *s, uint64_t ops)
{
	while (ops-- > 0) {
		uint64_t number = random_next(&s->random);
		void **slot = &s->block[random_low(number, s->count)];

		release(*slot);
		*slot = fresh(slots_size(s, number));
	}
}

void slots_fill(struct slots *s)
{
	for (uint64_t i = 0; i < s->count; i++)
		if (!s->block[i])
			s->block[i] = fresh(slots_size(s, random_next(&s->random)));
}

void slots_clear(struct slots *s)
{
	for (uint64_t i = 0; i < s->count; i++) {
		release(s->block[i]);
		s->block[i] = NULL;
	}
}

/* ---- threads --------------------------------------------------------------- */

struct worker {
	pthread_t thread;
	pthread_barrier_t *gate;
	void (*work)(void *);
	void *item;
	double start, end;
};

static void *worker_run(void *argument)
{
	struct worker *w = argument;

	pthread_barrier_wait(w->gate);
	w->start = now_seconds();
	w->work(w->item);
	w->end = now_seconds();
	return NULL;
}

static void workers_start(struct worker *w, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		int error = pthread_create(&w[i].thread, NULL, worker_run, &w[i]);

		if (error != 0)
			fail("cannot start thread %llu of %llu: %s",
			     (unsigned long long)i + 1,
			     (unsigned long long)count, strerror(error));
	}
}

/* The workers' own clocks: with fewer cores main wakes late. */
static double workers_join(struct worker *w, uint64_t count)
{
	double start = 0, end = 0;

	for (uint64_t i = 0; i < count; i++) {
		pthread_join(w[i].thread, NULL);
		if (i == 0 || w[i].start < start)
			start = w[i].start;
		if (w[i].end > end)
			end = w[i].end;
	}
	return end - start;
}

double threads_run(uint64_t count, void (*work)(void *), void *items,
		   size_t size)
{
	struct worker *workers = harness_memory(count * sizeof *workers);
	pthread_barrier_t gate;

	pthread_barrier_init(&gate, NULL, (unsigned)count);
	for (uint64_t i = 0; i < count; i++)
		workers[i] = (struct worker){.gate = &gate, .work = work,
					     .item = (char *)items + i * size};
	workers_start(workers, count);
	return workers_join(workers, count);
}

/* ---- whole programs --------------------------------------------------------- */

int slots_main(int argc, char **argv, const char *usage, bool mixed)
{
	struct args a = args_open(argc, argv, usage);
	struct slots s;
	uint64_t ops;
	double start;

	args_accept_dry(&a);
	ops = args_number(&a, "OPS", 1, OPS_LIMIT);
	s.most = args_number(&a, mixed ? "MAXSIZE" : "SIZE", 1, SIZE_LIMIT);
	s.least = mixed ? 1 : s.most;
	s.random = random_start(args_number(&a, "SEED", 0, UINT64_MAX), 0);
	slots_open(&s, args_optional(&a, "SLOTS", 256, 1, SLOTS_LIMIT));
	args_close(&a);
	start = now_seconds();
	slots_toggle(&s, ops);
	start = now_seconds() - start;
	slots_clear(&s);
	report(ops, start, "");
	return 0;
}

struct member {
	struct slots slots;
	void (*loop)(struct slots *, uint64_t);
	uint64_t ops;
};

static void member_work(void *argument)
{
	struct member *m = argument;

	slots_fill(&m->slots);
	m->loop(&m->slots, m->ops);
	slots_clear(&m->slots);
}

int team_main(int argc, char **argv, size_t least, size_t most,
	      void (*loop)(struct slots *, uint64_t))
{
	struct args a = args_open(argc, argv, "[--dry] THREADS OPS SLOTS SEED "
				  "(OPS and SLOTS for each thread)");
	struct member *members;
	uint64_t threads, ops, count, seed;

	args_accept_dry(&a);
	threads = args_number(&a, "THREADS", 1, THREADS_LIMIT);
	ops = args_number(&a, "OPS", 1, OPS_LIMIT);
	count = args_number(&a, "SLOTS", 1, SLOTS_LIMIT);
	seed = args_number(&a, "SEED", 0, UINT64_MAX);
	args_close(&a);
	members = harness_memory(threads * sizeof *members);
	for (uint64_t i = 0; i < threads; i++) {
		struct member *m = &members[i];

		m->loop = loop;
		m->ops = ops;
		m->slots.least = least;
		m->slots.most = most;
		m->slots.random = random_start(seed, i);
		slots_open(&m->slots, count);
	}
	report(threads * ops,
	       threads_run(threads, member_work, members, sizeof *members), "");
	return 0;
}
