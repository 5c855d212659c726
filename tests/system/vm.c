/* SPDX-License-Identifier: MIT */
/*
 * The programs of the cases of vm.sh, by their first argument.  Each prints numbers for
 * vm_init.sh to judge; sizes are MB, 1,000,000 bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MB 1000000.0
#define MIB ((size_t)1 << 20)

/* A number of a file of numbers and words: the first behind `word`. */
static long number_in(const char *path, const char *word)
{
	char text[4096];
	FILE *file = fopen(path, "re");
	const char *at = NULL;

	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		fclose(file);
		at = strstr(text, word);
	}
	return at ? strtol(at + strlen(word), NULL, 10) : -1;
}

static double resident(void)
{
	return (double)number_in("/proc/self/status", "VmRSS:") * 1024 / MB;
}

static void pause_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* ---- thin: 208 MB in blocks of 200 bytes, one of 2048 survives ---- */

#define FULL_SCANS "/sys/kernel/mm/transparent_hugepage/khugepaged/full_scans"
#define BLOCKS 1000000
#define KEEP_ONE_OF 2048

struct block {
	struct block *next;
	char fill[192];
};

/* A list: an array of all would be resident, too. */
static struct block *make_blocks(void)
{
	struct block *first = NULL, *b;

	for (int i = 0; i < BLOCKS; i++) {
		b = malloc(sizeof(*b));
		if (!b)
			return NULL;
		memset(b, 1, sizeof(*b));
		b->next = first;
		first = b;
	}
	return first;
}

/* Leaves the first of so many blocks. */
static void thin_out(struct block *b)
{
	for (; b; b = b->next)
		for (int i = 1; i < KEEP_ONE_OF && b->next; i++) {
			struct block *next = b->next;

			b->next = next->next;
			free(next);
		}
}

/* Until the kernel has looked at all memory a few times, or looks no more. */
static void wait_for_khugepaged(void)
{
	long seen = number_in(FULL_SCANS, ""), end = seen + 3;

	for (int unchanged = 0; unchanged < 100 && seen < end; unchanged++) {
		pause_ms(100);
		if (number_in(FULL_SCANS, "") != seen)
			unchanged = 0;
		seen = number_in(FULL_SCANS, "");
	}
}

static void report_thin(const char *when)
{
	printf("%s %.1f (huge pages %.1f) ", when, resident(),
	       (double)number_in("/proc/self/smaps_rollup", "AnonHugePages:") * 1024 / MB);
	fflush(stdout);
}

static int thin(void)
{
	struct block *first = make_blocks();

	if (!first)
		return 1;
	report_thin("full");
	thin_out(first);
	malloc_trim(0);
	report_thin("trimmed");
	wait_for_khugepaged();
	report_thin("idle");
	malloc_trim(0);
	report_thin("again");
	for (; first; first = first->next)
		if (first->fill[191] != 1)
			return 1;
	return 0;
}

/* ---- bursts LIVE BURST: MiB, in blocks of a KiB ---- */

static char **fill(size_t bytes)
{
	size_t count = bytes / 1024;
	char **block = calloc(count + 1, sizeof(*block));

	for (size_t i = 0; block && i < count; i++) {
		block[i] = malloc(1024);
		if (!block[i])
			return NULL;
		memset(block[i], 1, 1024);
	}
	return block;
}

static void empty(char **block)
{
	for (size_t i = 0; block[i]; i++)
		free(block[i]);
	free(block);
}

static int bursts(size_t live, size_t burst)
{
	char **kept = fill(live * MIB), **more;

	if (!kept)
		return 1;
	for (int round = 0; round < 20; round++) {
		more = fill(burst * MIB);
		if (!more)
			return 1;
		empty(more);
	}
	printf("%.1f\n", resident());
	return 0;
}

/* ---- all: touches all that it gets ---- */

static int take_all(size_t most)
{
	size_t got = 0;
	char *block;

	while (got < most && (block = malloc(MIB))) {
		memset(block, 1, MIB);
		got += MIB;
	}
	if (got < most && errno != ENOMEM)
		return 1;
	if (!malloc(100) && got == 0)
		return 1;
	printf("%.0f\n", (double)got / MB);
	return 0;
}

/* ---- maps: many mappings, half of them freed ---- */

#define MAPS 4000

static int maps(void)
{
	static char *block[MAPS];
	size_t got = 0;
	void *small;

	for (size_t i = 0; i < MAPS; i++) {
		size_t size = (i % 2 ? 1500 : 40) * 1024 + i * 16;

		block[i] = malloc(size);
		if (!block[i] && errno != ENOMEM)
			return 1;
		if (block[i])
			block[i][0] = block[i][size - 1] = (char)i;
		got += block[i] != NULL;
	}
	for (size_t i = 0; i < MAPS; i += 3)
		free(block[i]);
	malloc_trim(0);
	for (size_t i = 0; i < MAPS; i++)
		if (i % 3 != 0 && block[i] && block[i][0] != (char)i)
			return 1;
	for (size_t i = 0; i < MAPS; i++)
		if (i % 3 != 0)
			free(block[i]);
	small = malloc(100);
	printf("%zu of %d blocks\n", got, MAPS);
	return got > 0 && small ? 0 : 1;
}

/* ---- busy SIZE: holds SIZE MiB of free memory, and works ---- */

/* /tmp/ready has the id of the process, once it is there. */
static void say_ready(void)
{
	FILE *file = fopen("/tmp/begun", "we");

	if (file) {
		fprintf(file, "%d\n", (int)getpid());
		fclose(file);
		rename("/tmp/begun", "/tmp/ready");
	}
}

static int busy(size_t size)
{
	char **block = fill(size * MIB);
	double before = resident();
	void *held = NULL;

	if (!block)
		return 1;
	empty(block);
	say_ready();
	for (size_t i = 0; access("/tmp/stop", F_OK) != 0; i++) {
		free(held); /* of changing size, so that it never looks idle */
		held = malloc(2 * MIB + i % 50 * 65536);
		pause_ms(20);
	}
	printf("%.1f to %.1f\n", before, resident());
	return 0;
}

/* ---- limit: HAKMEM_LIMIT_MB as the library has it ---- */

static int limit(void)
{
	int (*get)(const char *, int64_t *);
	int64_t value;

	*(void **)&get = dlsym(RTLD_DEFAULT, "hak_option_get");
	if (!get || get("HAKMEM_LIMIT_MB", &value) != 0)
		return 1;
	printf("%lld\n", (long long)value);
	return 0;
}

/* ---- swap SIZE: more than there is memory, read again ---- */

static int swap(size_t size)
{
	char **block = fill(size * MIB);
	long swapped = number_in("/proc/self/status", "VmSwap:");

	if (!block || swapped < 0)
		return 1;
	for (size_t i = 0; block[i]; i++)
		if (block[i][0] != 1 || block[i][1023] != 1)
			return 1;
	empty(block);
	malloc_trim(0);
	printf("%.0f swapped, then %.0f, resident %.1f\n", (double)swapped * 1024 / MB,
	       (double)number_in("/proc/self/status", "VmSwap:") * 1024 / MB, resident());
	return 0;
}

/* ---- high: memory above 47 bits, which the allocator does not use ---- */

static int high(void)
{
	void *there = mmap((void *)(uintptr_t)(UINT64_C(1) << 55), MIB,
			   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int (*owns)(const void *);

	*(void **)&owns = dlsym(RTLD_DEFAULT, "hak_owns");
	if (there == MAP_FAILED || !owns)
		return 1;
	printf("%p\n", there);
	return (uintptr_t)there >> 47 == 0 || owns(there) || !owns(malloc(5 * MIB));
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t first = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	size_t second = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;

	if (strcmp(what, "thin") == 0)
		return thin();
	if (strcmp(what, "bursts") == 0)
		return bursts(first, second);
	if (strcmp(what, "all") == 0)
		return take_all(first * MIB);
	if (strcmp(what, "maps") == 0)
		return maps();
	if (strcmp(what, "busy") == 0)
		return busy(first);
	if (strcmp(what, "limit") == 0)
		return limit();
	if (strcmp(what, "swap") == 0)
		return swap(first);
	return strcmp(what, "high") == 0 ? high() : 2;
}
