/* SPDX-License-Identifier: MIT */
#include "hardened/locker.h"

#include <pthread.h>

#include "base/atomics.h"
#include "base/thread_key.h"
#include "meta/meta.h"

/* Destructors of others may still allocate in one more round. */
#define EXIT_ROUNDS 2

struct locker *lockers[LOCKERS + 2];
size_t locker_other_live;
__thread uint16_t locker_number __attribute__((tls_model("initial-exec")));

static struct lock list_lock = LOCK_INIT(LOCK_RANK_HARDENED);
static struct locker *dead; /* under list_lock */
static unsigned count;	    /* of lockers, written under list_lock, release */
static pthread_key_t exit_key; /* constant from locker_start() on, as is */
static bool have_key;

/* ---- what is in it ---------------------------------------------------------- */

static void lock_instead(struct slot_bin **held, struct slot_bin *b)
{
	if (*held == b)
		return;
	if (*held)
		lock_give(&(*held)->lock);
	*held = b;
	if (b)
		lock_take(&b->lock);
}

void locker_empty_freed(struct magazine *m)
{
	for (unsigned i = 0; i < m->freed_count;) {
		struct slot_bin *b = ticket_span(m->freed[i])->bin;

		lock_take(&b->lock);
		i += slot_bin_put_run(b, &m->freed[i], m->freed_count - i);
		lock_give(&b->lock);
	}
	m->freed_count = 0;
}

static void empty_ready(struct magazine *m)
{
	struct slot_bin *held = NULL;

	for (unsigned i = 0; i < m->ready_count; i++) {
		struct span *span = region_span(m->ready[i].slot);
		size_t index = (size_t)(m->ready[i].record - span->record);

		lock_instead(&held, span->bin);
		slot_bin_put_back(held, ticket_for(span, (unsigned)index));
	}
	m->ready_count = 0;
	lock_instead(&held, NULL);
}

static void empty(struct locker *l)
{
	critical_enter();
	for (unsigned id = 0; id < SLOT_BINS; id++) {
		locker_empty_freed(&l->magazine[id]);
		empty_ready(&l->magazine[id]);
		l->magazine[id].want = 0;
	}
	critical_leave();
}

void locker_empty(void)
{
	if (locker_own() && !in_critical())
		empty(locker_own());
}

size_t locker_live(void)
{
	unsigned last = load_acquire(&count);
	size_t bytes = load_relaxed(&locker_other_live);

	for (unsigned i = 1; i <= last; i++)
		bytes += load_relaxed(&load_relaxed(&lockers[i])->live);
	return bytes;
}

/* ---- threads ---------------------------------------------------------------- */

/* Under list_lock, as are these two. */
static struct locker *make(void)
{
	struct locker *l = count < LOCKERS ? meta_alloc(sizeof(*l)) : NULL;

	if (!l)
		return NULL;
	l->number = (uint16_t)(count + 1);
	store_relaxed(&lockers[l->number], l);
	store_release(&count, count + 1);
	return l;
}

static struct locker *exhume(void)
{
	struct locker *l = dead;

	if (l)
		dead = l->dead_next;
	return l;
}

static void bury(struct locker *l)
{
	l->alive = false;
	l->dead_next = dead;
	dead = l;
}

struct locker *locker_attach(void)
{
	struct locker *l;

	if (locker_number == LOCKER_LATE || !have_key || in_critical())
		return NULL;
	lock_take(&list_lock);
	l = exhume();
	if (!l)
		l = make();
	if (l) {
		l->alive = true;
		l->exit_rounds = 0;
		locker_number = l->number; /* before a handler may fork: see below */
	}
	lock_give(&list_lock);
	if (l)
		pthread_setspecific(exit_key, l);
	return l;
}

/* Destructor of exit_key: the thread is on its way out. */
static void on_thread_exit(void *argument)
{
	struct locker *l = argument;

	if (++l->exit_rounds < EXIT_ROUNDS && pthread_setspecific(exit_key, l) == 0)
		return;
	locker_number = LOCKER_LATE;
	if (in_critical()) /* a handler that interrupted us called pthread_exit() */
		return;
	empty(l);
	lock_take(&list_lock);
	bury(l);
	lock_give(&list_lock);
}

/* Without a key (1024 are in use) there are no lockers. */
void locker_start(void)
{
	have_key = thread_key_make(&exit_key, on_thread_exit);
}

/* ---- fork ------------------------------------------------------------------- */

/*
 * The lockers of threads that the child does not have.  A call may have been
 * anywhere, so what was in them is lost.
 */
static void bury_orphans(void)
{
	for (unsigned i = 1; i <= count; i++) {
		struct locker *l = lockers[i];

		if (!l->alive || l == locker_own())
			continue;
		for (unsigned id = 0; id < SLOT_BINS; id++)
			l->magazine[id].ready_count = l->magazine[id].freed_count = 0;
		bury(l);
	}
}

void locker_fork(enum fork_step step)
{
	bool whole = lock_fork(&list_lock, step);

	if (whole && step == FORK_RESET)
		bury_orphans();
}
