/* SPDX-License-Identifier: MIT */
/*
 * glibc_compat.sh: what glibc offers beside malloc and free.  The report of
 * malloc_info goes to stdout, that of malloc_stats to stderr.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
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

static void numbers(void)
{
	struct mallinfo2 before = mallinfo2(), during;
	char *block = malloc(10000000);

	during = mallinfo2();
	/* glibc counts mapped blocks apart. */
	must(during.uordblks + during.hblkhd >=
		     before.uordblks + before.hblkhd + 10000000,
	     "mallinfo2 counts a block");
	free(block);
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

	for (int i = 0; i < 3000; i++)
		memset(block[i] = malloc(2000), 1, 2000);
	for (int i = 0; i < 3000; i++)
		free(block[i]);
	must(malloc_trim(0) == 1, "malloc_trim after a burst");
}

int main(void)
{
	alignments();
	resizing();
	numbers();
	known_blocks();
	trimming();
	must(malloc_info(0, stdout) == 0, "malloc_info");
	malloc_stats();
	return 0;
}
