/* SPDX-License-Identifier: MIT */
/*
 * soak [-s SEED] [-n OPERATIONS] [-t SECONDS] [-w WORKERS] [-l MIB] [-r] [-f] [-x FAULT]
 *
 * Each worker is one thread after another: a new one inherits the blocks of the
 * one that ends.  All blocks also wander from worker to worker.  -n and -t end
 * the run, whichever comes first; -l limits the address space, so that memory
 * is refused now and then, which -r allows; -f lets workers fork.  With one
 * worker a seed always does the same; with more, each thread draws the same
 * numbers.
 *
 * Prints what it did and exits 0, or says what is wrong and aborts.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shadow.h"
#include "soak.h"

#define WORKERS_MAX 64u

/* Lives of threads, in operations: most of them are short. */
#define LIFE_SHORT 500
#define LIFE_MAX 100000
/* What a thread does in each of its destructor's rounds. */
#define LATE_OPS 20
#define LATE_ROUNDS 3u
#define STACK_SIZE (256 * KIB)
/* What libc may have allocated by the end, for stacks that it keeps. */
#define FOREIGN_BYTES MIB
/* One in so many operations is a fork; a child does so many. */
#define FORK_ONE_IN 50000
#define CHILD_OPS 300
/* A child that hangs is ended after so many seconds. */
#define CHILD_SECONDS 120

struct settings settings = {.seed = 1, .ops = 1000000, .workers = 4};
__thread struct worker *self;

static struct worker *workers; /* each its thread's */
static sem_t all_done;	       /* posted by each worker's last thread */
static sem_t child_done;       /* posted by the thread of a child */
static time_t deadline;	       /* 0: none */
static pthread_key_t late;     /* its destructor works on */
static unsigned generation;    /* forks from the first process to this one */

void soak_fail(const char *format, ...)
{
	va_list list;
	char text[512];

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	dprintf(STDERR_FILENO, "soak: seed %ju, ", (uintmax_t)settings.seed);
	if (self)
		dprintf(STDERR_FILENO,
			"worker %u, life %u, operation %ju, generation %u, after %s: ",
			self->number, self->life, (uintmax_t)self->ops,
			generation, self->call ? self->call : "nothing");
	dprintf(STDERR_FILENO, "%s\n", text);
	abort();
}

/* False: the system has no more. */
static bool start_thread(void *(*run)(void *), struct worker *w)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool done;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	done = pthread_create(&thread, &attributes, run, w) == 0;
	pthread_attr_destroy(&attributes);
	return done;
}

static bool is_over(const struct worker *w)
{
	if (w->ops >= settings.ops / settings.workers)
		return true;
	return deadline != 0 && time(NULL) >= deadline;
}

/* ---- forks ---- */

static void work_some(struct worker *w)
{
	for (unsigned i = 0; i < CHILD_OPS; i++)
		work_step(w);
}

static void *live_in_child(void *arg)
{
	self = arg;
	work_some(self);
	sem_post(&child_done);
	return NULL;
}

/* A child may do all that its parent may, also free the parent's blocks. */
static void live_as_child(struct worker *w)
{
	alarm(CHILD_SECONDS);
	generation++;
	work_some(w);
	if (start_thread(live_in_child, w))
		while (sem_wait(&child_done) != 0)
			;
	work_empty_exchange(w);
	work_empty_shelf(w);
	_exit(0);
}

static void fork_once(struct worker *w)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		live_as_child(w);
	if (child < 0)
		return; /* the system is full; not what is tested */
	w->forks++;
	must(waitpid(child, &status, 0) == child, "waitpid failed");
	if (status == 0)
		return;
	/* No core of ours on top of the child's. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	soak_fail("a child ended with status %#x", (unsigned)status);
}

/* ---- lives ---- */

/* A thread's last deeds come after the allocator's own destructor. */
static void on_exit_of_thread(void *arg)
{
	struct worker *w = arg;
	static __thread unsigned rounds;

	for (unsigned i = 0; i < LATE_OPS; i++)
		work_step(w);
	if (++rounds < LATE_ROUNDS)
		pthread_setspecific(late, w);
}

/* Most lives are short. */
static uint64_t life_span(struct worker *w)
{
	uint64_t dice = random_next(&w->random);

	return dice % 4 ? dice / 4 % LIFE_SHORT : dice / 4 % LIFE_MAX;
}

static void begin_life(struct worker *w)
{
	uint64_t start = settings.seed * WORKERS_MAX + w->number;

	w->random = random_next(&start) + ++w->life;
	work_new_phase(w);
	pthread_setspecific(late, w);
}

static void work(struct worker *w)
{
	for (uint64_t left = life_span(w); left > 0 && !is_over(w); left--) {
		work_step(w);
		if (settings.forks && random_next(&w->random) % FORK_ONE_IN == 0)
			fork_once(w);
	}
	if (random_next(&w->random) % 2)
		work_empty_shelf(w);
}

/* A thread, and then its successor, which waits for the end of it. */
static void *live(void *arg)
{
	bool first = true;

	self = arg;
	if (self->life != 0)
		pthread_join(self->thread, NULL);
	self->thread = pthread_self();
	while (!is_over(self)) {
		if (!first && start_thread(live, self))
			return NULL;
		begin_life(self);
		work(self);
		first = false;
	}
	sem_post(&all_done);
	return NULL;
}

/* ---- the run ---- */

static void start_all(void)
{
	must(sem_init(&all_done, 0, 0) == 0 &&
		     sem_init(&child_done, 0, 0) == 0 &&
		     pthread_key_create(&late, on_exit_of_thread) == 0,
	     "no semaphore, or no key");
	for (unsigned i = 0; i < settings.workers; i++) {
		workers[i].number = i;
		must(start_thread(live, &workers[i]), "no thread");
	}
}

static void await_all(void)
{
	for (unsigned i = 0; i < settings.workers; i++)
		while (sem_wait(&all_done) != 0)
			;
	for (unsigned i = 0; i < settings.workers; i++)
		pthread_join(workers[i].thread, NULL);
}

/* The blocks that are left go back from this thread, whose they are not. */
static void end_all(void)
{
	uint64_t allocated, foreign = names_are_private ? 0 : FOREIGN_BYTES;

	for (unsigned i = 0; i < settings.workers; i++) {
		self = &workers[i];
		work_empty_shelf(self);
	}
	work_empty_exchange(self);
	self = NULL;
	if (calls_allocated(&allocated))
		must(allocated <= foreign, "%ju bytes are lost",
		     (uintmax_t)allocated);
}

static void report(void)
{
	uint64_t ops = 0, forks = 0, lives = 0;

	for (unsigned i = 0; i < settings.workers; i++) {
		ops += workers[i].ops;
		forks += workers[i].forks;
		lives += workers[i].life;
	}
	printf("soak: seed %ju: %ju operations, %u workers, %ju threads, %ju forks: sound\n",
	       (uintmax_t)settings.seed, (uintmax_t)ops, settings.workers,
	       (uintmax_t)lives, (uintmax_t)forks);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	must(*text != '\0' && *end == '\0', "%s is no number", text);
	return value;
}

static void set(int letter, const char *text)
{
	switch (letter) {
	case 's':
		settings.seed = number(text);
		break;
	case 'n':
		settings.ops = number(text);
		break;
	case 't':
		deadline = time(NULL) + (time_t)number(text);
		break;
	case 'w':
		settings.workers = (unsigned)number(text);
		must(settings.workers - 1 < WORKERS_MAX, "workers: 1 to %u",
		     WORKERS_MAX);
		break;
	case 'l':
		settings.limit = number(text) * MIB;
		/* fall through */
	case 'r':
		settings.may_refuse = true;
		break;
	case 'f':
		settings.forks = true;
		break;
	case 'x':
		must(fault_choose(text), "there is no fault %s", text);
		break;
	default:
		exit(2);
	}
}

/* Outside of the allocator under test, as the shadow. */
static void make_workers(void)
{
	workers = mmap(NULL, settings.workers * sizeof(*workers),
		       PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(workers != MAP_FAILED && shadow_start(), "no memory for the model");
}

/* After all that the test itself needs: counts what is mapped so far. */
static void limit_memory(void)
{
	struct rlimit limit = {shadow_bytes() + settings.limit, RLIM_INFINITY};

	must(settings.limit == 0 || setrlimit(RLIMIT_AS, &limit) == 0,
	     "the address space cannot be limited");
}

int main(int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "s:n:t:w:l:rfx:")) != -1)
		set(letter, optarg);
	must(calls_start(), "there is no malloc here");
	make_workers();
	limit_memory();
	start_all();
	await_all();
	end_all();
	report();
	return 0;
}
