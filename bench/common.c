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
#include <time.h>
#include <unistd.h>

#define USAGE_EXIT 2

void *(*allocate)(size_t size);
void *(*zeroed)(size_t count, size_t size);
void *(*resize)(void *block, size_t size);
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

void calls_find(void)
{
	allocate = (void *(*)(size_t))loaded("malloc");
	zeroed = (void *(*)(size_t, size_t))loaded("calloc");
	resize = (void *(*)(void *, size_t))loaded("realloc");
	release = (void (*)(void *))loaded("free");
}

void calls_dry(void)
{
	allocate = dry_allocate;
	release = dry_release;
}

bool calls_are_dry(void)
{
	return allocate == dry_allocate;
}

const char *malloc_owner(void)
{
	Dl_info info;

	if (calls_are_dry())
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

void *checked_zeroed(size_t size, size_t stride)
{
	volatile char *block = zeroed(1, size);

	if (!block)
		fail("calloc(1, %zu) returned NULL", size);
	for (size_t at = 0; at < size; at += stride) {
		if (block[at] != 0)
			fail("wrong result: byte %zu of calloc(1, %zu) is not zero",
			     at, size);
		block[at] = 1;
	}
	return (void *)block;
}

/* ---- ends ----------------------------------------------------------------- */

static void print_sentence(const char *what, va_list list)
{
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, what, list);
	fputc('\n', stderr);
}

void fail(const char *what, ...)
{
	va_list list;

	va_start(list, what);
	print_sentence(what, list);
	va_end(list);
	exit(EXIT_FAILURE);
}

void refuse(const char *what, ...)
{
	va_list list;

	va_start(list, what);
	print_sentence(what, list);
	va_end(list);
	exit(USAGE_EXIT);
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

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double now_seconds(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

struct stopwatch stopwatch_start(void)
{
	return (struct stopwatch){.cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID),
				  .wall = now_seconds()};
}

void stopwatch_stop(struct stopwatch s, struct outcome *o)
{
	o->seconds += now_seconds() - s.wall;
	o->cpu_seconds += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - s.cpu;
}

/* read(2), not stdio: a FILE would allocate in the middle of a measurement. */
long proc_number(pid_t pid, const char *file, const char *field)
{
	char path[64], text[4096];
	const char *found;
	ssize_t length = -1;
	int opened;

	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, file);
	opened = open(path, O_RDONLY | O_CLOEXEC);
	if (opened >= 0) {
		length = read(opened, text, sizeof text - 1);
		close(opened);
	}
	text[length > 0 ? length : 0] = '\0';
	found = strstr(text, field);
	return found ? strtol(found + strlen(field), NULL, 10) : -1;
}

long memory_kb(pid_t pid, const char *field)
{
	long kb = proc_number(pid, "smaps_rollup", field);

	if (kb < 0)
		fail("cannot read \"%s\" of process %ld: %s", field, (long)pid,
		     strerror(errno));
	return kb;
}

void trim(void)
{
	int (*found)(size_t) = (int (*)(size_t))dlsym(RTLD_DEFAULT, "malloc_trim");

	if (found)
		found(0);
}

void sleep_ms(uint64_t milliseconds)
{
	struct timespec t = {.tv_sec = (time_t)(milliseconds / 1000),
			     .tv_nsec = (long)(milliseconds % 1000 * 1000000)};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
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
	double start, end, cpu;
};

static void *worker_run(void *argument)
{
	struct worker *w = argument;

	pthread_barrier_wait(w->gate);
	w->cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
	w->start = now_seconds();
	w->work(w->item);
	w->end = now_seconds();
	w->cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID) - w->cpu;
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
static void workers_join(struct worker *w, uint64_t count, struct outcome *o)
{
	double start = 0, end = 0;

	for (uint64_t i = 0; i < count; i++) {
		pthread_join(w[i].thread, NULL);
		if (i == 0 || w[i].start < start)
			start = w[i].start;
		if (w[i].end > end)
			end = w[i].end;
		o->cpu_seconds += w[i].cpu;
	}
	o->seconds = end - start;
}

void threads_run(uint64_t count, void (*work)(void *), void *items, size_t size,
		 struct outcome *o)
{
	struct worker *workers = harness_memory(count * sizeof *workers);
	pthread_barrier_t gate;

	pthread_barrier_init(&gate, NULL, (unsigned)count);
	for (uint64_t i = 0; i < count; i++)
		workers[i] = (struct worker){.gate = &gate, .work = work,
					     .item = (char *)items + i * size};
	workers_start(workers, count);
	workers_join(workers, count, o);
}

/* ---- whole workloads -------------------------------------------------------- */

struct member {
	struct slots slots;
	void (*loop)(struct slots *, uint64_t);
	uint64_t ops;
};

/* What each of the threads does. */
struct team {
	uint64_t threads, ops, slots, seed;
	size_t least, most;
	void (*loop)(struct slots *, uint64_t);
};

static void member_work(void *argument)
{
	struct member *m = argument;

	slots_fill(&m->slots);
	m->loop(&m->slots, m->ops);
	slots_clear(&m->slots);
}

static void team_work(const struct team *t, struct outcome *o)
{
	struct member *members = harness_memory(t->threads * sizeof *members);

	for (uint64_t i = 0; i < t->threads; i++) {
		struct member *m = &members[i];

		m->loop = t->loop;
		m->ops = t->ops;
		m->slots.least = t->least;
		m->slots.most = t->most;
		m->slots.random = random_start(t->seed, i);
		slots_open(&m->slots, t->slots);
	}
	threads_run(t->threads, member_work, members, sizeof *members, o);
	o->ops = t->threads * t->ops;
}

/* No thread is made for it, so that its instructions are those of the ops. */
static void slots_run_here(const struct team *t, struct outcome *o)
{
	struct slots s = {.most = t->most, .least = t->least,
			  .random = random_start(t->seed, 0)};
	struct stopwatch watch;

	slots_open(&s, t->slots);
	watch = stopwatch_start();
	t->loop(&s, t->ops);
	stopwatch_stop(watch, o);
	o->ops = t->ops;
	slots_clear(&s);
}

void slots_run(const struct request *r, struct outcome *o, bool mixed)
{
	const struct team t = {.ops = r->values[0],
			       .least = mixed ? 1 : r->values[1],
			       .most = r->values[1],
			       .seed = r->values[2],
			       .slots = r->values[3],
			       .threads = r->values[4],
			       .loop = slots_toggle};

	if (t.threads == 1)
		slots_run_here(&t, o);
	else
		team_work(&t, o);
}

void team_run(const struct request *r, struct outcome *o, size_t least,
	      size_t most, void (*loop)(struct slots *, uint64_t))
{
	const struct team t = {.threads = r->values[0],
			       .ops = r->values[1],
			       .slots = r->values[2],
			       .seed = r->values[3],
			       .least = least,
			       .most = most,
			       .loop = loop};

	team_work(&t, o);
}
