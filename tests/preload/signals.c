/* SPDX-License-Identifier: MIT */
/*
 * Signal handlers that allocate.  The argument says which case; the last line on
 * stdout is "done".
 *
 *   step       a handler after every single instruction of malloc and free
 *              (x86-64: the trap flag).  In the slow paths it does as it likes; in
 *              the few instructions of malloc() and free() themselves it frees what
 *              it allocates, as hakmem(7) says
 *   step-jump  leaves the fast paths by siglongjmp after each instruction
 *   step-fork  forks in there
 *   fork-step  forks, and in each handler during it again
 *   leave      leaves the slow paths by siglongjmp: the thread goes on
 *   others     a timer and another thread send signals at a high rate; the
 *              case is how the handler was installed, or what it does
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "hakmem.h"

static const char *mode;

static _Noreturn void fail(const char *what)
{
	char line[200];
	int length = snprintf(line, sizeof(line), "%s: %s\n", mode, what);

	if (write(2, line, (size_t)length) < 0)
		_exit(3);
	_exit(1);
}

/* ---- blocks with a pattern -------------------------------------------- */

struct block {
	unsigned char *bytes;
	size_t size;
	unsigned char fill;
};

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Mostly small, up to a few MiB. */
static size_t random_size(uint32_t *random)
{
	uint32_t kind = next_random(random) % 64;

	if (kind < 48)
		return next_random(random) % 300 + 1;
	if (kind < 60)
		return next_random(random) % 9000 + 1;
	if (kind < 63)
		return next_random(random) % 90000 + 1;
	return next_random(random) % 3000000 + 1;
}

/* Both ends are enough: blocks that overlap share one of them. */
static size_t ends(size_t size)
{
	return size < 64 ? size : 64;
}

static void fill(struct block *b, uint32_t *random)
{
	b->fill = (unsigned char)next_random(random);
	memset(b->bytes, b->fill, ends(b->size));
	memset(b->bytes + b->size - ends(b->size), b->fill, ends(b->size));
}

static void check_from(const struct block *b, size_t from)
{
	for (size_t i = from; i < from + ends(b->size); i++)
		if (b->bytes[i] != b->fill)
			fail("a block is not what was written to it");
}

static void check(const struct block *b)
{
	check_from(b, 0);
	check_from(b, b->size - ends(b->size));
	if (malloc_usable_size(b->bytes) < b->size)
		fail("a block is smaller than it was");
}

static void check_zero(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			fail("calloc() gave a block that is not zero");
}

/* NULL stays NULL: a handler may find no memory, others may not. */
static void get(struct block *b, size_t size, uint32_t *random)
{
	b->size = size;
	switch (next_random(random) % 4) {
	case 0:
		b->bytes = calloc(1, size);
		if (b->bytes)
			check_zero(b->bytes, ends(size));
		break;
	case 1:
		b->bytes = memalign(256, size);
		if ((uintptr_t)b->bytes % 256 != 0)
			fail("memalign() did not align");
		break;
	default:
		b->bytes = malloc(size);
	}
	if (b->bytes)
		fill(b, random);
}

static void put(struct block *b)
{
	if (!b->bytes)
		return;
	check(b);
	free(b->bytes);
	b->bytes = NULL;
}

static void resize(struct block *b, size_t size, uint32_t *random)
{
	struct block fresh = {.size = size, .fill = b->fill};

	if (!b->bytes)
		return;
	check(b);
	fresh.bytes = realloc(b->bytes, size);
	if (!fresh.bytes)
		return;
	for (size_t i = 0; i < ends(size < b->size ? size : b->size); i++)
		if (fresh.bytes[i] != b->fill)
			fail("realloc() lost what was in the block");
	fill(&fresh, random);
	*b = fresh;
}

/* ---- what the handlers do --------------------------------------------- */

#define KEPT 48

/* A handler owns an entry while it has taken it out; others see NULL. */
static struct block *kept[KEPT];
static struct block *handed_over[KEPT]; /* from the main thread, to be freed */
static uint32_t handled;
static bool small_only;

static void drop(struct block *holder)
{
	if (!holder)
		return;
	put(holder);
	free(holder);
}

static struct block *renew(struct block *holder, uint32_t *random)
{
	size_t size = small_only ? next_random(random) % 900 + 1 :
				   random_size(random);

	if (!holder)
		holder = calloc(1, sizeof(*holder));
	if (!holder)
		return NULL;
	if (holder->bytes && next_random(random) % 2 == 0) {
		resize(holder, size, random);
	} else {
		put(holder);
		get(holder, size, random);
	}
	return holder;
}

static void allocate(void)
{
	uint32_t turn = __atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
	uint32_t random = turn * 2654435761u;
	struct block **place = &kept[next_random(&random) % KEPT];
	struct block *holder = __atomic_exchange_n(place, NULL, __ATOMIC_ACQ_REL);
	int saved = errno;

	holder = renew(holder, &random);
	drop(__atomic_exchange_n(place, holder, __ATOMIC_ACQ_REL));
	place = &handed_over[turn % KEPT];
	drop(__atomic_exchange_n(place, NULL, __ATOMIC_ACQ_REL));
	errno = saved;
}

/* What a handler may do wherever it interrupts. */
static void allocate_and_free(void)
{
	uint32_t turn = __atomic_fetch_add(&handled, 1, __ATOMIC_RELAXED);
	uint32_t random = turn * 2654435761u;
	struct block b;

	get(&b, small_only ? next_random(&random) % 900 + 1 : random_size(&random),
	    &random);
	put(&b);
}

/* ---- the main thread -------------------------------------------------- */

#define SLOTS 400

static struct block slots[SLOTS];

static void hand_over(uint32_t *random)
{
	struct block *holder = malloc(sizeof(*holder));
	struct block **place = &handed_over[next_random(random) % KEPT];

	if (!holder)
		fail("no memory");
	get(holder, random_size(random), random);
	drop(__atomic_exchange_n(place, holder, __ATOMIC_ACQ_REL));
}

static void work_once(uint32_t *random)
{
	struct block *b = &slots[next_random(random) % SLOTS];

	switch (next_random(random) % 8) {
	case 0:
		hand_over(random);
		break;
	case 1:
		resize(b, random_size(random), random);
		break;
	case 2:
		if (next_random(random) % 256 == 0)
			malloc_trim(0);
		break;
	default:
		put(b);
		get(b, random_size(random), random);
		if (!b->bytes)
			fail("no memory");
	}
}

static hak_stats_t statistics(void)
{
	int (*stats)(hak_stats_t *, size_t) =
		(int (*)(hak_stats_t *, size_t))dlsym(RTLD_DEFAULT, "hak_stats");
	hak_stats_t now;

	if (!stats || stats(&now, sizeof(now)) != 0)
		fail("there is no hak_stats()");
	return now;
}

static uint64_t refills(void)
{
	return statistics().refills;
}

/* After all handlers the thread is on its fast paths again. */
static void check_fast(void)
{
	uint64_t before = (free(malloc(40)), refills());

	for (int i = 0; i < 1000; i++)
		free(malloc(40));
	if (refills() > before + 10)
		fail("the thread stays on its slow paths");
}

static void end(void)
{
	for (int i = 0; i < KEPT; i++) {
		drop(kept[i]);
		drop(handed_over[i]);
	}
	for (int i = 0; i < SLOTS; i++)
		put(&slots[i]);
	check_fast();
	puts("done");
}

/* ---- single steps ----------------------------------------------------- */

#ifdef __x86_64__

static void set_trap_flag(void)
{
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "cc", "memory");
}

static void clear_trap_flag(void)
{
	__asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "cc", "memory");
}

static uint32_t steps, leave_at;
static sigjmp_buf jump;

/* Longer than malloc() and free() are. */
#define FAST_PATH 256u

static bool is_on_fast_path(const void *context)
{
	const ucontext_t *interrupted = context;
	uintptr_t at = (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP];

	return at - (uintptr_t)malloc < FAST_PATH || at - (uintptr_t)free < FAST_PATH;
}

static void on_step(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	steps++;
	if (is_on_fast_path(context))
		allocate_and_free();
	else
		allocate();
}

static void well_ended(pid_t child)
{
	int status;

	if (child < 0)
		fail("fork()");
	if (waitpid(child, &status, 0) != child || status != 0)
		fail("a child of fork() did not end well");
}

/* A child of on_step_fork(): it goes on from the instruction, without the steps. */
static bool is_child;

static void on_step_fork(int number, siginfo_t *info, void *context)
{
	uint32_t random = steps;
	struct block b;
	pid_t child;

	(void)number;
	(void)info;
	if (steps++ % 211 != 0)
		return;
	child = fork();
	if (child == 0) {
		get(&b, 5000, &random);
		put(&b);
		is_child = true;
		((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100;
	} else {
		well_ended(child);
	}
	allocate();
}

/* The thread's heap has been lost to none of them, and no other is in hand. */
static void end_child(void)
{
	if (!is_child)
		return;
	allocate();
	if (statistics().heaps_live != 1)
		fail("the child has lost its heap, or more than that");
	_exit(0);
}

/* Each instruction of hits, misses, overflows, Large, Huge and purges. */
static void step_through(size_t size, int count)
{
	struct block many[64];
	uint32_t random = (uint32_t)size;

	hand_over(&random);
	for (int i = 0; i < count; i++) {
		many[i].size = size;
		set_trap_flag();
		many[i].bytes = malloc(size);
		clear_trap_flag();
		end_child();
		fill(&many[i], &random);
	}
	for (int i = 0; i < count; i++) {
		check(&many[i]);
		set_trap_flag();
		free(many[i].bytes);
		clear_trap_flag();
		end_child();
	}
}

static void step(void)
{
	const struct sigaction plain = {.sa_sigaction = on_step,
					.sa_flags = SA_SIGINFO},
			       forking = {.sa_sigaction = on_step_fork,
					  .sa_flags = SA_SIGINFO};
	bool forks = strcmp(mode, "step-fork") == 0;
	void *block;

	small_only = true;
	sigaction(SIGTRAP, forks ? &forking : &plain, NULL);
	for (int round = 0; round < (forks ? 1 : 2); round++) {
		step_through(100, 60);
		step_through(1000, 20);
		step_through(40000, 10);
		step_through(200000, 6);
		step_through(3000000, 3);
		set_trap_flag();
		block = realloc(malloc(70000), 90000);
		malloc_trim(0);
		free(block);
		clear_trap_flag();
		end_child();
	}
	if (steps < 10000)
		fail("there was no trap");
	end();
}

static pid_t stepped;

/* The child of the fork that is stepped through inherits the trap flag. */
static void on_step_of_fork(int number, siginfo_t *info, void *context)
{
	pid_t child;

	(void)number;
	(void)info;
	if (getpid() != stepped) {
		((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~0x100;
		return;
	}
	if (steps++ % 97 != 0)
		return;
	child = fork();
	if (child == 0) {
		free(malloc(40));
		_exit(0);
	}
	well_ended(child);
}

/* Each instruction of fork(), where it takes and gives back every lock. */
static void fork_step(void)
{
	struct sigaction action = {.sa_sigaction = on_step_of_fork,
				   .sa_flags = SA_SIGINFO};
	uint32_t random = 1;
	pid_t child;

	sigaction(SIGTRAP, &action, NULL);
	stepped = getpid();
	set_trap_flag();
	child = fork();
	clear_trap_flag();
	for (int i = 0; i < 1000; i++)
		work_once(&random);
	if (child == 0)
		_exit(0);
	well_ended(child);
	if (steps < 100)
		fail("there was no trap");
	end();
}

static void on_last_step(int number)
{
	(void)number;
	if (++steps == leave_at)
		siglongjmp(jump, 1);
}

/* Leaves malloc and free, both of which hit, after their n-th instruction. */
static void step_jump(void)
{
	small_only = true;
	sigaction(SIGTRAP, &(struct sigaction){.sa_handler = on_last_step}, NULL);
	for (volatile uint32_t n = 1; n < 120; n++) {
		void *volatile block = NULL;

		for (int i = 0; i < 100; i++)
			work_once(&(uint32_t){n * 100u + (uint32_t)i});
		free(malloc(100));
		steps = 0;
		leave_at = n;
		if (sigsetjmp(jump, 1) == 0) {
			set_trap_flag();
			block = malloc(100);
			free(block);
			clear_trap_flag();
		}
		leave_at = 0;
		check_fast();
	}
	end();
}

/* Does the n-th instruction of all this exist?  Leaves there, and goes on. */
static bool leave_and_go_on(uint32_t n)
{
	void *volatile large = NULL;
	uint32_t random = n;

	leave_at = n;
	if (sigsetjmp(jump, 1) == 0) {
		set_trap_flag();
		large = malloc(200000);
		free(malloc(3000000));
		for (int i = 0; i < 3; i++)
			free(malloc(40000));
		free(large);
		malloc_trim(0);
		clear_trap_flag();
		return false;
	}
	leave_at = 0;
	for (int i = 0; i < 1000; i++)
		work_once(&random);
	return true;
}

/* With our locks in its hands the thread still has memory, and never waits. */
static void leave(void)
{
	pid_t child;
	int status;

	small_only = true;
	sigaction(SIGTRAP, &(struct sigaction){.sa_handler = on_last_step}, NULL);
	for (uint32_t n = 1;; n += n / 16 + 7) {
		child = fork();
		if (child == 0) {
			alarm(30);
			_exit(leave_and_go_on(n) ? 0 : 77);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			fail("fork()");
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
			break;
		if (status != 0)
			fail(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ?
				     "the thread waits for ever" :
				     "the thread did not go on well");
	}
	puts("done");
}

#else

static void step(void)
{
	puts("done");
}

static void leave(void)
{
	step();
}

static void step_jump(void)
{
	step();
}

static void fork_step(void)
{
	step();
}

#endif

/* ---- signals at a high rate ------------------------------------------- */

static bool over;
static pthread_t target;
static uint32_t progress; /* of the main thread, between signals */
static volatile sig_atomic_t may_jump;
static sigjmp_buf back;

static void on_signal(int number)
{
	(void)number;
	allocate_and_free();
	if (may_jump) {
		may_jump = 0;
		siglongjmp(back, 1);
	}
}

static void on_siginfo(int number, siginfo_t *info, void *context)
{
	if (info->si_signo != number || !context)
		fail("a handler with SA_SIGINFO got something else");
	on_signal(number);
}

/* From the middle of its own work another handler interrupts it. */
static void on_outer(int number)
{
	allocate_and_free();
	if (next_random(&(uint32_t){handled}) % 4 == 0)
		raise(SIGRTMIN + 1);
	on_signal(number);
}

static void install_action(int number, int flags, void (*handler)(int))
{
	struct sigaction action = {.sa_flags = flags | SA_RESTART};

	sigemptyset(&action.sa_mask);
	if (flags & SA_SIGINFO)
		action.sa_sigaction = on_siginfo;
	else
		action.sa_handler = handler;
	if (sigaction(number, &action, NULL) != 0)
		fail("sigaction()");
}

static void install(int number)
{
	static char stack[1 << 16];

	if (strcmp(mode, "onstack") == 0) {
		if (sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)},
				NULL) != 0)
			fail("sigaltstack()");
		install_action(number, SA_ONSTACK, on_signal);
	} else if (strcmp(mode, "siginfo") == 0) {
		install_action(number, SA_SIGINFO, NULL);
	} else if (strcmp(mode, "nested") == 0) {
		install_action(SIGRTMIN + 1, SA_SIGINFO, NULL);
		install_action(number, 0, on_outer);
	} else {
		install_action(number, 0, on_signal);
	}
}

/* One when the main thread has come on since the last, however slow it is. */
static void *send_signals(void *unused)
{
	uint32_t before = 0;

	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		uint32_t now = __atomic_load_n(&progress, __ATOMIC_RELAXED);

		if (now != before)
			pthread_kill(target, SIGUSR1);
		before = now;
		usleep(50);
	}
	return unused;
}

static void set_timer(uint32_t *random)
{
	struct itimerval once = {.it_value = {0, 1 + next_random(random) % 150}};

	setitimer(ITIMER_REAL, &once, NULL);
}

/* Waits for a signal, and sometimes is brought back by siglongjmp(). */
static void wait_or_jump(uint32_t *random)
{
	if (strcmp(mode, "jump") != 0 || sigsetjmp(back, 1) != 0)
		return;
	may_jump = 1;
	set_timer(random);
	while (may_jump)
		;
	fail("a handler returned that should have jumped");
}

static void storm(void)
{
	sigset_t usr1;
	pthread_t sender;
	uint32_t random = 1;

	target = pthread_self();
	install(SIGUSR1);
	install(SIGALRM);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigaddset(&usr1, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	if (pthread_create(&sender, NULL, send_signals, NULL) != 0)
		fail("pthread_create()");
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	while (__atomic_load_n(&handled, __ATOMIC_RELAXED) < 4000) {
		set_timer(&random);
		for (int i = 0; i < 50; i++) {
			work_once(&random);
			__atomic_fetch_add(&progress, 1, __ATOMIC_RELAXED);
		}
		wait_or_jump(&random);
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	pthread_join(sender, NULL);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	end();
}

int main(int count, char **arguments)
{
	mode = count > 1 ? arguments[1] : "";
	if (strcmp(mode, "step") == 0 || strcmp(mode, "step-fork") == 0)
		step();
	else if (strcmp(mode, "step-jump") == 0)
		step_jump();
	else if (strcmp(mode, "fork-step") == 0)
		fork_step();
	else if (strcmp(mode, "leave") == 0)
		leave();
	else
		storm();
	return 0;
}
