/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base/die.h"
#include "hooks.h"

#define STACK_SIZE ((size_t)256 << 10)
#define STEPS_MAX 4096u	    /* decisions in one run */
#define ACCESSES_MAX 100000u /* a run with more does not end */
#define TABLE_SIZE (1u << 16)

enum fiber_state { READY, BLOCKED, FINISHED };

struct fiber {
	ucontext_t context;
	enum fiber_state state;
	const uint32_t *word; /* BLOCKED: until *word == free */
	uint32_t free;
	bool spinning;
	bool looks; /* its next access is the look of a spin */
};

/* Who has accessed an address so far; bits are fibers. */
struct access {
	uintptr_t address; /* 0: a free place */
	uint8_t readers;
	uint8_t writers;
};

/* A point at which more than one fiber could go on. */
struct step {
	uint8_t chosen; /* of these */
	uint8_t count;
	uint8_t fiber; /* the one that it was, for messages */
};

/*
 * All of it lies outside of what memory_restore() restores, which this
 * pointer, set once, is part of.
 */
static struct scheduler {
	const struct scenario *scenario;
	ucontext_t outside;
	struct fiber fiber[FIBERS_MAX];
	unsigned current;  /* FIBERS_MAX: none */
	unsigned switched; /* preemptions in this run */
	unsigned accesses; /* in this run */
	unsigned depth;	   /* decisions made in this run */
	unsigned known;	   /* of these, made before: to be repeated */
	uint64_t runs;
	bool learned;	   /* another address turned out to be shared */
	struct step step[STEPS_MAX];
	struct access access[TABLE_SIZE];
} *s;

unsigned model_fiber(void)
{
	return s ? s->current : FIBERS_MAX;
}

static void print_schedule(void)
{
	fprintf(stderr, "model: %s, run %ju, schedule", s->scenario->name,
		(uintmax_t)s->runs);
	for (unsigned i = 0; i < s->depth; i++)
		fprintf(stderr, " %u", s->step[i].fiber);
	fprintf(stderr, "\n");
}

void model_fail(const char *format, ...)
{
	va_list list;

	print_schedule();
	fprintf(stderr, "model: ");
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, "\n");
	exit(1);
}

/* ---- which addresses are shared ---- */

static struct access *access_of(uintptr_t address)
{
	unsigned place = (unsigned)(address * 0x9e3779b97f4a7c15u >> 48);

	while (s->access[place].address != 0 &&
	       s->access[place].address != address)
		place = (place + 1) % TABLE_SIZE;
	s->access[place].address = address;
	return &s->access[place];
}

static bool is_shared(const struct access *a)
{
	unsigned all = a->readers | a->writers;

	return a->writers != 0 && (all & (all - 1)) != 0;
}

/* Notes the access; true: what it touches is shared. */
static bool note(const volatile void *address, bool writes)
{
	struct access *a = access_of((uintptr_t)address);
	bool before = is_shared(a);
	uint8_t bit = (uint8_t)(1u << s->current);

	if (writes)
		a->writers |= bit;
	else
		a->readers |= bit;
	if (!before && is_shared(a))
		s->learned = true;
	return is_shared(a);
}

/* ---- who goes on ---- */

static bool can_run(const struct fiber *f)
{
	return f->state == READY ||
	       (f->state == BLOCKED && *f->word == f->free);
}

/* The fibers that may go on; the first one is the one that did, if it can. */
static unsigned candidates(unsigned *fiber)
{
	unsigned count = 0;
	bool goes_on = s->current < FIBERS_MAX && can_run(&s->fiber[s->current]);

	if (goes_on)
		fiber[count++] = s->current;
	if (goes_on && s->switched >= s->scenario->preemptions)
		return count;
	for (unsigned i = 0; i < s->scenario->fibers; i++)
		if ((!goes_on || i != s->current) && can_run(&s->fiber[i]))
			fiber[count++] = i;
	return count;
}

/* As the search has it; a new decision takes the first. */
static unsigned decide(const unsigned *fiber, unsigned count)
{
	struct step *step = &s->step[s->depth];

	if (count == 1)
		return fiber[0];
	must(s->depth < STEPS_MAX, "a run of more than %u decisions", STEPS_MAX);
	if (s->depth >= s->known)
		step->chosen = 0;
	else
		must(step->count == count, "the run does not repeat itself");
	step->count = (uint8_t)count;
	step->fiber = (uint8_t)fiber[step->chosen];
	s->depth++;
	return step->fiber;
}

static void go_to(unsigned next)
{
	unsigned from = s->current;
	ucontext_t *here = from < FIBERS_MAX ? &s->fiber[from].context :
					       &s->outside;

	if (next == from)
		return;
	s->current = next;
	threads_switch(from, next);
	swapcontext(here, next < FIBERS_MAX ? &s->fiber[next].context :
					      &s->outside);
}

static bool all_finished(void)
{
	for (unsigned i = 0; i < s->scenario->fibers; i++)
		if (s->fiber[i].state != FINISHED)
			return false;
	return true;
}

static void reschedule(void)
{
	unsigned fiber[FIBERS_MAX], count = candidates(fiber), next;
	bool goes_on = s->current < FIBERS_MAX && can_run(&s->fiber[s->current]);

	if (count == 0) {
		must(all_finished(), "a deadlock");
		go_to(FIBERS_MAX);
		return;
	}
	next = decide(fiber, count);
	if (goes_on && next != s->current)
		s->switched++;
	s->fiber[next].state = READY;
	go_to(next);
}

void model_yield(void)
{
	if (model_fiber() < FIBERS_MAX)
		reschedule();
}

void model_access(const volatile void *address, bool writes)
{
	struct fiber *f;

	if (writes && s)
		memory_touch(address);
	if (model_fiber() == FIBERS_MAX)
		return;
	f = &s->fiber[s->current];
	must(++s->accesses < ACCESSES_MAX, "a run without an end");
	if (note(address, writes) && !f->looks)
		reschedule();
	f->spinning &= f->looks;
	f->looks = false;
}

/*
 * One decision for a whole spin: whatever it then waits for comes at once, or
 * not while it spins.
 */
void model_pause(void)
{
	struct fiber *f;

	if (model_fiber() == FIBERS_MAX)
		return;
	f = &s->fiber[s->current];
	if (!f->spinning)
		reschedule();
	f->spinning = f->looks = true;
}

void model_block(const uint32_t *word, uint32_t free)
{
	struct fiber *f = &s->fiber[s->current];

	f->state = BLOCKED;
	f->word = word;
	f->free = free;
	reschedule();
}

/* ---- runs ---- */

static void fiber_main(void)
{
	unsigned number = s->current;

	s->scenario->run[number]();
	s->fiber[number].state = FINISHED;
	reschedule();
	model_fail("a finished fiber went on");
}

static void begin_fiber(struct fiber *f, char *stack)
{
	f->state = READY;
	f->spinning = f->looks = false;
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = stack;
	f->context.uc_stack.ss_size = STACK_SIZE;
	f->context.uc_link = NULL;
	makecontext(&f->context, fiber_main, 0);
}

static void run_once(char *stacks)
{
	memory_restore();
	threads_reset();
	s->current = FIBERS_MAX;
	s->switched = s->accesses = s->depth = 0;
	for (unsigned i = 0; i < s->scenario->fibers; i++)
		begin_fiber(&s->fiber[i], stacks + i * STACK_SIZE);
	reschedule();
	s->scenario->finish();
	s->runs++;
}

/* The next schedule, depth first; false: that was the last. */
static bool advance(void)
{
	/* More is shared than was known: what was skipped has to be looked at. */
	if (s->learned) {
		s->learned = false;
		s->known = 0;
		return true;
	}
	while (s->depth > 0) {
		struct step *step = &s->step[s->depth - 1];

		if (++step->chosen < step->count) {
			s->known = s->depth;
			return true;
		}
		s->depth--;
	}
	return false;
}

static void *map(size_t size)
{
	void *place = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (place == MAP_FAILED) {
		fprintf(stderr, "model: no memory\n");
		exit(1);
	}
	return place;
}

void model_explore(const struct scenario *scenario)
{
	char *stacks;

	s = map(sizeof(*s));
	stacks = map(FIBERS_MAX * STACK_SIZE);
	s->scenario = scenario;
	s->current = FIBERS_MAX;
	die_hook = print_schedule;
	memory_start();
	if (scenario->prepare)
		scenario->prepare();
	memory_keep();
	do
		run_once(stacks);
	while (advance());
	must(memory_is_covered(), "a run changed memory that the next one keeps");
	printf("model: %s: %ju runs with up to %u preemptions: sound\n",
	       scenario->name, (uintmax_t)s->runs, scenario->preemptions);
	(munmap)(stacks, FIBERS_MAX * STACK_SIZE);
}
