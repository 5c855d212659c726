/* SPDX-License-Identifier: MIT */
/*
 * glibc_compat.sh: what glibc offers beside malloc and free.  The report of
 * malloc_info goes to stdout, that of malloc_stats to stderr.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "glibc_compat: failed: %s\n", what);
	exit(1);
}

static int is_aligned(const void *block, size_t alignment)
{
	return block && (uintptr_t)block % alignment == 0;
}

static volatile size_t none; /* 0, which no compiler may know: some break */

static void alignments(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *block = NULL;

	must(is_aligned(block = memalign(64, 100), 64), "memalign(64)");
	free(block);
	must(is_aligned(block = memalign(48, 100), 64), "memalign(48) rounds up");
	free(block);
	must(is_aligned(block = memalign(none, 100), 16), "memalign(0)");
	free(block);
	must(is_aligned(block = aligned_alloc(1024, 100), 1024), "aligned_alloc");
	free(block);
	must(posix_memalign(&block, 4096, 10) == 0 && is_aligned(block, 4096),
	     "posix_memalign");
	free(block);
	must(posix_memalign(&block, 24, 10) == EINVAL, "posix_memalign(24)");
	must(posix_memalign(&block, 4, 10) == EINVAL, "posix_memalign(4)");
	must(is_aligned(block = valloc(10), page), "valloc");
	free(block);
	must(is_aligned(block = valloc(0), page), "valloc(0)");
	free(block);
	must(is_aligned(block = pvalloc(page + 1), page) &&
		     malloc_usable_size(block) >= 2 * page,
	     "pvalloc");
	free(block);
	errno = 77;
	must(posix_memalign(&block, 24, 10) == EINVAL && errno == 77,
	     "posix_memalign keeps errno");
	must(posix_memalign(&block, 64, PTRDIFF_MAX / 2) == ENOMEM && errno == ENOMEM,
	     "posix_memalign of too much");
	errno = 0;
	must(!pvalloc(SIZE_MAX - 10) && errno == ENOMEM, "pvalloc of too much");
}

static void resizing(void)
{
	char *block = reallocarray(NULL, 10, 10);

	must(block && malloc_usable_size(block) >= 100, "reallocarray");
	memset(block, 1, malloc_usable_size(block));
	errno = 0;
	must(!reallocarray(block, SIZE_MAX / 4, 8) && errno == ENOMEM,
	     "reallocarray of too much");
	must(realloc(block, 0) == NULL, "realloc(block, 0)");
	must(malloc_usable_size(NULL) == 0, "malloc_usable_size(NULL)");
	errno = 77;
	free(NULL);
	must(errno == 77, "free keeps errno");
}

/* A program may take some functions by these names and others by the usual. */
extern __typeof__(malloc) __libc_malloc;
extern __typeof__(calloc) __libc_calloc;
extern __typeof__(realloc) __libc_realloc;
extern __typeof__(free) __libc_free;
extern __typeof__(memalign) __libc_memalign;
extern __typeof__(valloc) __libc_valloc;
extern __typeof__(pvalloc) __libc_pvalloc;
extern __typeof__(mallopt) __libc_mallopt;
extern __typeof__(mallinfo) __libc_mallinfo;

static void second_names(void)
{
	char *block = __libc_realloc(malloc(100), 2000);

	must(malloc_usable_size(block) >= 2000, "__libc_realloc");
	free(block);
	free(__libc_malloc(100));
	free(__libc_memalign(64, 100));
	free(__libc_valloc(100));
	free(__libc_pvalloc(100));
	block = realloc(__libc_calloc(10, 10), 200);
	must(block && block[99] == 0, "__libc_calloc");
	__libc_free(block);
	must(__libc_mallopt(M_ARENA_MAX, 2) == 1, "__libc_mallopt");
	must(__libc_mallinfo().arena > 0, "__libc_mallinfo");
}

/* The first key that a program makes is 0; some use it before they do. */
static void keys(void)
{
	pthread_key_t key;

	must(!pthread_getspecific(0), "there is a key already");
	must(pthread_setspecific(0, &key) == EINVAL, "there is a key already");
	must(pthread_key_create(&key, NULL) == 0 && key == 0, "the first key is 0");
	must(pthread_key_delete(key) == 0, "pthread_key_delete");
}

static void *report(void *ready)
{
	pthread_barrier_wait(ready); /* from here on cancelled */
	malloc_stats();
	write(2, "not cancelled\n", 14);
	return NULL;
}

static void read_lines(int fd, int *lines, char *last)
{
	char byte;

	for (*lines = 0; read(fd, &byte, 1) == 1; *last = byte)
		*lines += byte == '\n';
}

/* A thread that is cancelled goes on to the end of malloc_stats(). */
static void cancelled(void)
{
	int to[2], standard = dup(2), lines;
	pthread_barrier_t ready;
	pthread_t thread;
	void *result;
	char last = 0;

	must(pipe(to) == 0 && dup2(to[1], 2) == 2 && close(to[1]) == 0, "pipe");
	pthread_barrier_init(&ready, NULL, 2);
	if (pthread_create(&thread, NULL, report, &ready) != 0)
		_exit(2);
	pthread_cancel(thread);
	pthread_barrier_wait(&ready);
	pthread_join(thread, &result);
	dup2(standard, 2);
	must(result == PTHREAD_CANCELED, "the thread is cancelled");
	read_lines(to[0], &lines, &last);
	must(lines >= 4 && last == '\n', "malloc_stats of a cancelled thread");
}

static void numbers(void)
{
	struct mallinfo2 before = mallinfo2(), during;
	struct mallinfo narrow;
	char *block = malloc(10000000);

	during = mallinfo2();
	/* glibc counts mapped blocks apart. */
	must(during.uordblks + during.hblkhd >=
		     before.uordblks + before.hblkhd + 10000000,
	     "mallinfo2 counts a block");
	must(during.hblks == before.hblks + 1 && during.hblkhd >= before.hblkhd + 10000000,
	     "mallinfo2 counts a mapped block apart");
	narrow = mallinfo();
	must(narrow.hblks == (int)during.hblks && narrow.hblkhd == (int)during.hblkhd,
	     "mallinfo says what mallinfo2 says");
	free(block);
	must(mallinfo2().hblks == before.hblks && mallinfo2().hblkhd == before.hblkhd,
	     "mallinfo2 counts a mapped block that was freed no more");
	must(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1, "mallopt");
	must(mallopt(M_ARENA_MAX, 2) == 1, "mallopt(M_ARENA_MAX)");
	must(malloc_trim(0) == 0 || malloc_trim(0) <= 1, "malloc_trim");
	must(malloc_info(1, stdout) == EINVAL ||
		     (malloc_info(1, stdout) == -1 && errno == EINVAL),
	     "malloc_info(1)");
}

/*
 * A known set of live blocks of all sizes counts as what may be used of it, and
 * a little for what an allocator keeps beside each.  Blocks given back count no
 * more; but glibc's do, while a thread caches them.
 */
static void known_blocks(void)
{
	enum { COUNT = 2000 };
	static void *block[COUNT];
	struct mallinfo2 before = mallinfo2(), during, after;
	size_t usable = 0, counted;

	for (size_t i = 0; i < COUNT; i++) {
		block[i] = malloc(i % 100 == 99 ? i * 3000 : i * 7 + 1);
		usable += malloc_usable_size(block[i]);
	}
	during = mallinfo2();
	counted = during.uordblks + during.hblkhd - before.uordblks - before.hblkhd;
	must(counted >= usable && counted <= usable + COUNT * 16 + COUNT / 100 * 65536,
	     "mallinfo2 counts a known set of blocks");
	must(during.arena + during.hblkhd >= usable, "mallinfo2: the arena holds them");
	for (size_t i = 0; i < COUNT; i++)
		free(block[i]);
	after = mallinfo2();
	must(!dlsym(RTLD_DEFAULT, "hak_stats") ||
		     (after.uordblks == before.uordblks && counted <= usable + usable / 50),
	     "mallinfo2 counts blocks exactly, and no freed ones");
	must(after.uordblks + after.fordblks == after.arena, "used and free is all there is");
}

/* Many pages freed out of order leave something to trim. */
static void trimming(void)
{
	static void *block[3000];
	struct mallinfo2 before, after;

	for (int i = 0; i < 3000; i++)
		memset(block[i] = malloc(2000), 1, 2000);
	before = mallinfo2();
	for (int i = 0; i < 3000; i += 2)
		free(block[i]);
	after = mallinfo2();
	must(after.ordblks >= before.ordblks + 1000 &&
		     after.ordblks + after.smblks <= before.ordblks + before.smblks + 1500,
	     "mallinfo2 counts free blocks");
	for (int i = 1; i < 3000; i += 2)
		free(block[i]);
	must(malloc_trim(0) == 1, "malloc_trim after a burst");
}

int main(void)
{
	keys();
	alignments();
	resizing();
	second_names();
	cancelled();
	numbers();
	known_blocks();
	trimming();
	must(malloc_info(0, stdout) == 0, "malloc_info");
	malloc_stats();
	return 0;
}
