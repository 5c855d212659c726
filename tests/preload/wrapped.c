/* SPDX-License-Identifier: MIT */
/*
 * wrapped.sh: with -DWRAPPER a library that stands before libc's calls of the
 * system and allocates in each of them, as tracers do; else a program of threads that
 * allocates and checks what it has.  Its argument is "by-name": nobody calls what
 * stands before libc's functions, or "patched": what changes libc's munmap itself, as
 * hooks for RDMA do, sees the library's calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifdef WRAPPER

static unsigned calls; /* relaxed */

/* Sizes of every kind but Huge, freed in another call as often as in this. */
static void allocate(void)
{
	static const size_t sizes[] = {24, 100, 700, 5000, 30000, 200000};
	static void *shelf[16]; /* exchanged */
	unsigned number = __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	int saved = errno;
	size_t size = sizes[number % 6];
	unsigned char *block;

	block = malloc(size);
	if (!block)
		abort();
	memset(block, (int)number, size);
	block = realloc(block, size + size / 2);
	if (!block || block[size - 1] != (unsigned char)number)
		abort();
	free(__atomic_exchange_n(&shelf[number % 16], block, __ATOMIC_ACQ_REL));
	free(calloc(3, size / 3));
	errno = saved;
}

unsigned wrapped_calls(void)
{
	return __atomic_load_n(&calls, __ATOMIC_RELAXED);
}

#define WRAP(type, name, parameters, ...)                     \
	type name parameters                                  \
	{                                                     \
		allocate();                                   \
		return (type)syscall(SYS_##name, __VA_ARGS__); \
	}

WRAP(int, close, (int fd), fd)
WRAP(ssize_t, read, (int fd, void *buffer, size_t size), fd, buffer, size)
WRAP(ssize_t, write, (int fd, const void *buffer, size_t size), fd, buffer, size)
WRAP(void *, mmap, (void *place, size_t size, int access, int flags, int fd,
		    off_t offset), place, size, access, flags, fd, offset)
WRAP(int, munmap, (void *place, size_t size), place, size)
WRAP(int, mprotect, (void *place, size_t size, int access), place, size, access)

int madvise(void *place, size_t size, int advice)
{
	allocate();
	return (int)syscall(SYS_madvise, place, size, advice);
}

int open(const char *path, int flags, ...)
{
	va_list more;
	int mode;

	va_start(more, flags);
	mode = va_arg(more, int);
	va_end(more);
	allocate();
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

void *mremap(void *place, size_t size, size_t wanted, int flags, ...)
{
	va_list more;
	void *to;

	va_start(more, flags);
	to = va_arg(more, void *);
	va_end(more);
	allocate();
	return (void *)syscall(SYS_mremap, place, size, wanted, flags, to);
}

#else

#define THREADS 3
#define LIVE 400
#define ROUNDS 20000

unsigned wrapped_calls(void) __attribute__((weak));

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

/* Mostly small, now and then beyond every cache. */
static size_t any_size(uint64_t *state)
{
	static const size_t most[] = {64, 500, 4000, 50000, 300000, 3000000};
	uint64_t kind = next_random(state) % 200;

	return 1 + next_random(state) %
			   most[kind < 150 ? kind % 3 : kind < 197 ? 3 : kind - 195 + 1];
}

static void check(const unsigned char *block, size_t size, unsigned char mark)
{
	if (block && (block[0] != mark || block[size / 2] != mark ||
		      block[size - 1] != mark))
		abort();
}

static void *work(void *arg)
{
	uint64_t random = (uint64_t)(uintptr_t)arg;
	unsigned char mark = (unsigned char)random;
	static __thread unsigned char *block[LIVE];
	static __thread size_t size[LIVE];

	for (int i = 0; i < ROUNDS; i++) {
		size_t at = next_random(&random) % LIVE;
		size_t wanted = any_size(&random);

		check(block[at], size[at], mark);
		if (i % 4 == 0) {
			block[at] = realloc(block[at], wanted);
		} else {
			free(block[at]);
			block[at] = malloc(wanted);
		}
		if (!block[at])
			abort();
		size[at] = wanted;
		block[at][0] = block[at][wanted / 2] = block[at][wanted - 1] = mark;
	}
	for (size_t at = 0; at < LIVE; at++) {
		check(block[at], size[at], mark);
		free(block[at]);
	}
	return NULL;
}

#ifdef __x86_64__

static unsigned trapped; /* relaxed */

/* In place of libc's munmap: the call, and the way back to the caller. */
static void on_trap(int number, siginfo_t *info, void *context)
{
	greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)number;
	(void)info;
	reg[REG_RAX] = syscall(SYS_munmap, reg[REG_RDI], reg[REG_RSI]);
	reg[REG_RIP] = *(greg_t *)reg[REG_RSP];
	reg[REG_RSP] += 8;
	__atomic_fetch_add(&trapped, 1, __ATOMIC_RELAXED);
}

/* Libraries that hook libc write a jump there; a trap does as well. */
static void patch_munmap(void)
{
	struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
	unsigned char *entry = (unsigned char *)dlsym(RTLD_DEFAULT, "munmap");
	uintptr_t page = (uintptr_t)entry & ~(uintptr_t)4095;

	sigaction(SIGTRAP, &action, NULL);
	if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
		exit(77);
	*entry = 0xcc;
}

static const char *patched(void)
{
	patch_munmap();
	for (int i = 0; i < 10; i++)
		free(memset(malloc(100000000), 1, 100000000));
	return trapped >= 5 ? "sound" : "the library's calls are not seen";
}

#else

static const char *patched(void)
{
	exit(77);
}

#endif

static const char *by_name(void)
{
	pthread_t thread[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, work, (void *)(i + 1));
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	if (!wrapped_calls)
		return "there is no wrapper";
	return wrapped_calls() == 0 ? "sound" : "the wrapper was called";
}

int main(int argc, char **argv)
{
	puts(argc > 1 && strcmp(argv[1], "patched") == 0 ? patched() : by_name());
	return 0;
}

#endif
