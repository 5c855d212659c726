/* SPDX-License-Identifier: MIT */
/*
 * wrapped.sh: with -DWRAPPER a library that stands before libc's calls of the
 * system and allocates in each of them, as tracers and sandboxes do; else a
 * program of threads that allocates and checks what it has; its argument is how
 * many calls there are to be, at least, or "flush".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef WRAPPER

static unsigned calls; /* relaxed */
static bool holds; /* relaxed: see wrapped_hold() */

/* Sizes of every kind but Huge, freed in another call as often as in this. */
static void allocate(void)
{
	static const size_t sizes[] = {24, 100, 700, 5000, 30000, 200000};
	static void *shelf[16]; /* exchanged */
	unsigned number = __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
	int saved = errno;
	size_t size = sizes[number % 6];
	unsigned char *block;

	if (__atomic_load_n(&holds, __ATOMIC_RELAXED))
		return;
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

static void *held[1000]; /* exchanged */

/* To be freed within a call of madvise; from now on nothing else happens in calls. */
void wrapped_hold(void *block)
{
	__atomic_store_n(&holds, true, __ATOMIC_RELAXED);
	for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++) {
		void *none = NULL;

		if (__atomic_compare_exchange_n(&held[i], &none, block, 0,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return;
	}
	abort();
}

static void free_held(size_t count)
{
	for (size_t i = 0; i < sizeof(held) / sizeof(*held) && count != 0; i++) {
		void *block = __atomic_exchange_n(&held[i], NULL, __ATOMIC_ACQ_REL);

		free(block);
		count -= block != NULL;
	}
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
	free_held(10);
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

#define SMALL 24
#define PAGES 1000

void wrapped_hold(void *block) __attribute__((weak));

/* Allocates blocks, and frees them again. */
static void use(size_t count, size_t size)
{
	void *block[PAGES];

	for (size_t i = 0; i < count; i++)
		memset(block[i] = malloc(size), 1, size);
	for (size_t i = 0; i < count; i++)
		free(block[i]);
}

static size_t in_use(void)
{
	malloc_trim(0);
	return mallinfo2().uordblks;
}

/* Blocks that are freed while caches are flushed are not lost. */
static void flush(void)
{
	size_t before;

	wrapped_hold(NULL);
	use(PAGES, SMALL);
	before = in_use();
	for (int round = 0; round < 20; round++) {
		/* Both FastCaches have room, and something in them. */
		for (int again = 0; again < 100; again++) {
			use(100, SMALL);
			use(100, 4096);
		}
		for (int i = 0; i < 40; i++)
			wrapped_hold(malloc(SMALL));
		malloc_trim(0);
	}
	/* What is still held. */
	for (int round = 0; round < 100; round++) {
		use(PAGES, 4096);
		malloc_trim(0);
	}
	printf("%zd bytes lost\n", (ssize_t)(in_use() - before));
}

int main(int argc, char **argv)
{
	unsigned least = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
	pthread_t thread[THREADS];

	if (argc > 1 && strcmp(argv[1], "flush") == 0) {
		flush();
		return 0;
	}
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, work, (void *)(i + 1));
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	puts(!wrapped_calls || wrapped_calls() >= least ? "sound" : "nothing was wrapped");
	return 0;
}

#endif
