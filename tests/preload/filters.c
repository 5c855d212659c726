/* SPDX-License-Identifier: MIT */
/*
 * Programs under filters of system calls, and what libc's functions for signals say:
 * the library neither reads filters nor stands before those functions.
 *
 *   thread   one thread's filter would end the process for a call that another makes
 *   vfork    a child of vfork() puts a filter on itself
 *   handler  a signal handler allocates where a futex call would end the process
 *   dlerror  signal() leaves dlerror() alone
 *   exact    the kernel has the program's own handler, not one of the library's
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define must(condition)                                                  \
	do {                                                             \
		if (!(condition)) {                                      \
			printf("line %d: %s\n", __LINE__, #condition);   \
			exit(1);                                         \
		}                                                        \
	} while (0)

/* The calling thread ends the process with any of two calls from now on. */
static int forbid(uint32_t one, uint32_t other)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = 5, .filter = program};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

static pthread_barrier_t both;

static void *be_filtered(void *unused)
{
	if (forbid(SYS_mmap, SYS_madvise) != 0)
		exit(77);
	pthread_barrier_wait(&both); /* from here on the other one works */
	pthread_barrier_wait(&both);
	return unused;
}

/* Blocks of all kinds, which need memory of the system. */
static void use_memory(void)
{
	static const size_t sizes[] = {100, 5000, 40000, 300000, 5000000};

	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		size_t count = 20000000 / sizes[s];
		void **list = NULL, **block;

		for (size_t i = 0; i < count; i++) {
			block = malloc(sizes[s]);
			must(block != NULL);
			memset(block, 1, 100);
			*block = list;
			list = block;
		}
		for (; list; list = block) {
			block = *list;
			free(list);
		}
	}
}

static void thread(void)
{
	pthread_t other;

	pthread_barrier_init(&both, NULL, 2);
	must(pthread_create(&other, NULL, be_filtered, NULL) == 0);
	pthread_barrier_wait(&both);
	use_memory();
	/* The other one waits until the process ends: its end would need madvise(). */
}

static void after_vfork(void)
{
	pid_t child = vfork();
	int status;

	if (child == 0)
		_exit(forbid(SYS_mmap, SYS_madvise) == 0 ? 0 : 77);
	must(waitpid(child, &status, 0) == child && WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		exit(77);
	use_memory();
}

static void *volatile kept;

static void on_signal(int number)
{
	free(kept);
	kept = malloc((size_t)number * 10);
	for (int i = 0; i < 1000; i++)
		free(malloc((size_t)i * 5));
}

static void handler(void)
{
	signal(SIGUSR1, on_signal);
	free(malloc(100));
	if (forbid(SYS_futex, SYS_seccomp) != 0)
		exit(77);
	for (int i = 0; i < 1000; i++) {
		raise(SIGUSR1);
		free(malloc((size_t)i));
	}
}

static void keeps_dlerror(void)
{
	must(dlopen("/nonexistent/library.so", RTLD_NOW) == NULL);
	signal(SIGUSR1, on_signal);
	must(dlerror() != NULL);
}

static void exact(void)
{
	struct {
		void *function;
		unsigned long rest[31];
	} kernel;

	signal(SIGUSR1, on_signal);
	must(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &kernel, 8) == 0);
	must(kernel.function == (void *)on_signal);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "thread") == 0)
		thread();
	else if (strcmp(what, "vfork") == 0)
		after_vfork();
	else if (strcmp(what, "handler") == 0)
		handler();
	else if (strcmp(what, "dlerror") == 0)
		keeps_dlerror();
	else
		exact();
	puts("done");
	return 0;
}
