/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "purge/bg_purge.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/atomics.h"
#include "base/bits.h"
#include "base/cgroup.h"
#include "base/futex.h"
#include "heap/heap.h"
#include "options/options.h"
#include "purge/purge.h"
#include "stats/stats.h"

/* A heap with less in use is not worth a thread. */
#define WORTH_A_THREAD ((size_t)1 << 20)

/* What purging needs, with room; libc adds the TLS of all libraries.  A task: dlopen(). */
#define STACK_SIZE ((size_t)64 << 10)
#define TASK_STACK_SIZE ((size_t)512 << 10)

/* At least so often it looks whether memory is short, and runs its task: seconds. */
#define SHORT_PERIOD ((size_t)5)
#define TASK_PERIOD ((size_t)1)

/* How long a process that ends waits for the task, which may want its locks: seconds. */
#define TASK_PATIENCE 5

HAK_NEAR bool bg_purge_wanted;
static void (*task)(void); /* NULL: none; set once, as bg_purge_wanted */
static uint32_t task_runs; /* 1: or it is not to run any more; swapped, acquire */
HAK_NEAR static bool running; /* swapped by any thread; acquire */

/*
 * The one that may have the thread: set before a second thread exists.  Not a child of
 * clone() or vfork(), which may share this memory and end by the exit of its first thread
 * alone: pthread_create() does not know of it.
 */
static pid_t process;

/* Changes whenever a slow path allocates or frees. */
static uint64_t activity(void)
{
	uint64_t sum = load_relaxed(&stats_totals.live) + load_relaxed(&stats_totals.idle);

	for (const struct heap *h = heap_list(); h; h = h->next)
		for (int i = 0; i < COUNTER_COUNT; i++)
			sum += load_relaxed(&h->counters.value[i]);
	return sum;
}

/* activity() at the last look and after the last purge. */
struct seen {
	uint64_t look, purge;
};

/* due: so much time has passed since the last look that no activity means idle. */
static void look(struct seen *seen, bool due)
{
	uint64_t now = activity();

	if (now != seen->purge && ((due && now == seen->look) || cgroup_is_short(""))) {
		purge_everything();
		now = seen->purge = activity();
	}
	if (due)
		seen->look = now;
}

static void run_task(void)
{
	if (!task || swap_acquire(&task_runs, 1u) != 0)
		return;
	task();
	store_release(&task_runs, 0u);
	futex_wake(&task_runs);
}

/* Hidden, the thread has no heap and takes no part in a profile, whatever it allocates. */
static void *run(void *unused)
{
	size_t period = (size_t)options_get(OPTION_BG_PURGE);
	size_t step = task ? TASK_PERIOD : min_size(period, SHORT_PERIOD), passed = period;
	struct seen seen = {0, 0};
	uint32_t alive;

	heap_hide();
	while ((alive = heap_alive_count()) != 0) {
		if (period != 0)
			look(&seen, passed >= period);
		run_task();
		passed = passed >= period ? step : passed + step;
		futex_wait(heap_alive_word(), alive, (uint32_t)step * 1000);
	}
	store_release(&running, false);
	return unused;
}

static void in_child(void)
{
	process = getpid();
	store_relaxed(&running, false);
	store_relaxed(&task_runs, 0u);
}

static void want(void)
{
	if (bg_purge_wanted)
		return;
	process = getpid();
	bg_purge_wanted = pthread_atfork(NULL, NULL, in_child) == 0;
}

/* stack_size 0: as large as other threads'. */
static int make_thread(size_t stack_size)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int failed;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (stack_size != 0)
		pthread_attr_setstacksize(&attributes, stack_size);
	failed = pthread_create(&thread, &attributes, run, NULL);
	pthread_attr_destroy(&attributes);
	return failed;
}

/* EINVAL: libraries with much TLS need a larger stack. */
static void make_thread_without_signals(void)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (make_thread(task ? TASK_STACK_SIZE : STACK_SIZE) == EINVAL)
		make_thread(0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void bg_purge_start(void)
{
	int saved = errno;

	if (load_relaxed(&running) ||
	    load_relaxed(&stats_totals.live) < WORTH_A_THREAD || getpid() != process)
		return;
	if (swap_acquire(&running, true))
		return;
	/* One that cannot be made is not tried again: `running` stays. */
	make_thread_without_signals();
	errno = saved;
}

void bg_purge_allow(void)
{
	if (options_get(OPTION_BG_PURGE) != 0)
		want();
}

void bg_purge_add_task(void (*added)(void))
{
	task = added;
	want();
}

void bg_purge_end_task(void)
{
	for (int i = 0; i < TASK_PATIENCE && swap_acquire(&task_runs, 1u) != 0; i++)
		futex_wait(&task_runs, 1, 1000);
}
