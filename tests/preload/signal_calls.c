/* SPDX-License-Identifier: MIT */
/*
 * What a program sees of its signal handlers: the same with the library as
 * without, in what it is told and in what happens.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define require(condition)                                              \
	do {                                                            \
		if (!(condition)) {                                     \
			printf("line %d: %s\n", __LINE__, #condition);  \
			exit(1);                                        \
		}                                                       \
	} while (0)

typedef void (*handler)(int);
typedef handler signal_function(int number, handler function);

static volatile int calls, last_number, last_value;
static void *volatile allocated;

static void one(int number)
{
	free(allocated);
	allocated = malloc(100);
	last_number = number;
	calls++;
}

static void two(int number)
{
	one(number);
	calls += 1000;
}

static void with_info(int number, siginfo_t *info, void *context)
{
	one(number);
	require(context != NULL && info->si_signo == number);
	last_value = info->si_value.sival_int;
}

static void raised(int number, int expected)
{
	calls = 0;
	require(raise(number) == 0);
	require(calls == expected && last_number == number);
}

static struct sigaction current(int number)
{
	struct sigaction now;

	require(sigaction(number, NULL, &now) == 0);
	return now;
}

/* ---- old handlers, flags and masks ---- */

static void sigaction_tells_the_truth(int flags)
{
	struct sigaction action = {.sa_handler = one, .sa_flags = flags}, old;

	sigaddset(&action.sa_mask, SIGUSR2);
	require(sigaction(SIGUSR1, &action, NULL) == 0);
	raised(SIGUSR1, 1);
	action.sa_handler = two;
	require(sigaction(SIGUSR1, &action, &old) == 0);
	require(old.sa_handler == one && (old.sa_flags & flags) == flags);
	require(sigismember(&old.sa_mask, SIGUSR2) == 1);
	require(sigismember(&old.sa_mask, SIGINT) == 0);
	raised(SIGUSR1, 1001);
	/* One structure for both. */
	action.sa_handler = one;
	require(sigaction(SIGUSR1, &action, &action) == 0);
	require(action.sa_handler == two);
	require(current(SIGUSR1).sa_handler == one);
	action.sa_handler = SIG_IGN;
	require(sigaction(SIGUSR1, &action, &old) == 0 && old.sa_handler == one);
	action.sa_handler = SIG_DFL;
	require(sigaction(SIGUSR1, &action, &old) == 0);
	require(old.sa_handler == SIG_IGN);
	require(current(SIGUSR1).sa_handler == SIG_DFL);
}

static void siginfo_arrives(int number)
{
	struct sigaction action = {.sa_sigaction = with_info,
				   .sa_flags = SA_SIGINFO};

	require(sigaction(number, &action, NULL) == 0);
	require(current(number).sa_sigaction == with_info);
	require(current(number).sa_flags & SA_SIGINFO);
	calls = 0;
	require(sigqueue(getpid(), number, (union sigval){.sival_int = 42}) == 0);
	require(calls == 1 && last_value == 42);
	require(signal(number, SIG_DFL) == (handler)with_info);
}

static void failures_change_nothing(void)
{
	struct sigaction action = {.sa_handler = one};

	for (int i = 0; i < 3; i++) {
		int number = (int[]){SIGKILL, 0, 1000}[i];

		errno = 0;
		require(sigaction(number, &action, NULL) == -1 && errno == EINVAL);
		errno = 0;
		require(signal(number, one) == SIG_ERR && errno == EINVAL);
	}
	errno = 0;
	require(signal(SIGUSR1, SIG_ERR) == SIG_ERR && errno == EINVAL);
	require(current(SIGUSR1).sa_handler == SIG_DFL);
}

static void signal_like(const char *name, bool resets)
{
	signal_function *set = (signal_function *)dlsym(RTLD_DEFAULT, name);

	require(set);
	require(set(SIGUSR1, one) == SIG_DFL);
	raised(SIGUSR1, 1);
	require(current(SIGUSR1).sa_handler == (resets ? SIG_DFL : one));
	require(set(SIGUSR1, two) == (resets ? SIG_DFL : one));
	require(set(SIGUSR1, SIG_IGN) == two);
	require(set(SIGUSR1, SIG_DFL) == SIG_IGN);
	printf("%s\n", name);
}

static void flags_work(void)
{
	struct sigaction action = {.sa_handler = one, .sa_flags = SA_RESETHAND};

	require(sigaction(SIGUSR1, &action, NULL) == 0);
	raised(SIGUSR1, 1);
	require(current(SIGUSR1).sa_handler == SIG_DFL);
	require(signal(SIGUSR1, one) == SIG_DFL);
	require(current(SIGUSR1).sa_flags & SA_RESTART);
	require(siginterrupt(SIGUSR1, 1) == 0);
	require(current(SIGUSR1).sa_handler == one);
	require(signal(SIGUSR1, two) == one);
	require(!(current(SIGUSR1).sa_flags & SA_RESTART));
	require(sigset(SIGUSR1, SIG_HOLD) == two);
	require(sigset(SIGUSR1, one) == SIG_HOLD);
	require(sigset(SIGUSR1, SIG_DFL) == one);
	require(siginterrupt(SIGUSR1, 0) == 0);
}

/* ---- many handlers, also more than the library can frame ---- */

static volatile uint64_t met[2];

#define MANY(M)                                                         \
	TEN(M, 0) TEN(M, 1) TEN(M, 2) TEN(M, 3) TEN(M, 4) TEN(M, 5)     \
	TEN(M, 6) TEN(M, 7) TEN(M, 8) TEN(M, 9)
#define TEN(M, d)                                                       \
	M(1##d##0) M(1##d##1) M(1##d##2) M(1##d##3) M(1##d##4)          \
	M(1##d##5) M(1##d##6) M(1##d##7) M(1##d##8) M(1##d##9)
#define HANDLER(n)                                                      \
	static void handler_##n(int number)                             \
	{                                                               \
		last_number = number;                                   \
		met[(n - 100) / 64] |= (uint64_t)1 << (n - 100) % 64;   \
	}
#define ENTRY(n) handler_##n,
MANY(HANDLER)
static const handler many[] = {MANY(ENTRY)};

static void many_handlers(void)
{
	for (int i = 0; i < 100; i++) {
		require(signal(SIGUSR2, many[i]) == (i == 0 ? SIG_DFL : many[i - 1]));
		require(raise(SIGUSR2) == 0);
		require(met[i / 64] >> i % 64 & 1);
	}
	require(signal(SIGUSR2, SIG_DFL) == many[99]);
}

/* ---- others who meddle ---- */

/* A child of vfork() has the parent's memory and signals of its own. */
static void vfork_is_harmless(void)
{
	int status;
	pid_t child;

	signal(SIGUSR1, one);
	child = vfork();
	if (child == 0) {
		signal(SIGUSR1, two);
		signal(SIGUSR1, SIG_DFL);
		_exit(0);
	}
	require(waitpid(child, &status, 0) == child && status == 0);
	require(current(SIGUSR1).sa_handler == one);
	raised(SIGUSR1, 1);
}

/* Saves and restores what the kernel has, past libc. */
static void system_calls_work(void)
{
	char saved[256];

	memset(saved, 0, sizeof(saved));
	require(syscall(SYS_rt_sigaction, SIGUSR1, NULL, saved, 8) == 0);
	signal(SIGUSR1, two);
	require(syscall(SYS_rt_sigaction, SIGUSR1, saved, NULL, 8) == 0);
	require(current(SIGUSR1).sa_handler == one);
	raised(SIGUSR1, 1);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGINT, one);
	require(system("exit 3") == 3 << 8);
	require(signal(SIGINT, SIG_DFL) == one);
}

/* ---- ways out of a handler ---- */

static char *page;
static sigjmp_buf jump;

/* The faulting access is made again, and works. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	one(number);
	require(info->si_addr == page);
	require(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
}

static void on_fault_jump(int number)
{
	one(number);
	siglongjmp(jump, 1);
}

static void faults_are_handled(void)
{
	static char stack[1 << 16];
	struct sigaction action = {.sa_sigaction = on_fault,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK};
	char *volatile target;

	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(page != MAP_FAILED);
	require(sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)},
			    NULL) == 0);
	require(sigaction(SIGSEGV, &action, NULL) == 0);
	calls = 0;
	target = page;
	*target = 1;
	require(calls == 1);
	action.sa_handler = on_fault_jump;
	action.sa_flags = SA_ONSTACK;
	require(sigaction(SIGSEGV, &action, NULL) == 0);
	require(mprotect(page, 4096, PROT_NONE) == 0);
	for (volatile int i = 0; i < 3; i++)
		if (sigsetjmp(jump, 1) == 0) {
			*target = 1;
			require(!"reached");
		}
	require(calls == 4);
	signal(SIGSEGV, SIG_DFL);
}

static ucontext_t inside, outside;

static void on_switch(int number)
{
	one(number);
	require(swapcontext(&inside, &outside) == 0);
	one(number);
}

static void raiser(void)
{
	raise(SIGUSR1);
}

/* A handler that goes to another context, and later is come back to. */
static void contexts_switch(void)
{
	static char stack[1 << 16];
	ucontext_t start, again;

	signal(SIGUSR1, on_switch);
	require(getcontext(&start) == 0);
	start.uc_stack = (stack_t){.ss_sp = stack, .ss_size = sizeof(stack)};
	start.uc_link = &again;
	makecontext(&start, raiser, 0);
	calls = 0;
	require(swapcontext(&outside, &start) == 0);
	require(calls == 1);
	one(0);
	require(swapcontext(&again, &inside) == 0);
	require(calls == 3);
	signal(SIGUSR1, SIG_DFL);
}

static void on_exit_thread(int number)
{
	one(number);
	pthread_exit(&calls);
}

static void *be_ended(void *unused)
{
	(void)unused;
	raise(SIGUSR1);
	return NULL;
}

static void threads_end(void)
{
	signal(SIGUSR1, on_exit_thread);
	for (int i = 0; i < 20; i++) {
		pthread_t thread;
		void *result;

		require(pthread_create(&thread, NULL, be_ended, NULL) == 0);
		require(pthread_join(thread, &result) == 0);
		require(result == (void *)&calls);
	}
	signal(SIGUSR1, SIG_DFL);
}

int main(void)
{
	sigaction_tells_the_truth(0);
	sigaction_tells_the_truth(SA_RESTART | SA_NODEFER | SA_ONSTACK);
	siginfo_arrives(SIGUSR1);
	siginfo_arrives(SIGRTMIN);
	siginfo_arrives(SIGRTMIN + 4);
	failures_change_nothing();
	signal_like("signal", false);
	signal_like("bsd_signal", false);
	signal_like("ssignal", false);
	signal_like("sigset", false);
	signal_like("sysv_signal", true);
	signal_like("__sysv_signal", true);
	flags_work();
	vfork_is_harmless();
	system_calls_work();
	faults_are_handled();
	contexts_switch();
	threads_end();
	many_handlers();
	vfork_is_harmless();
	puts("done");
	return 0;
}
