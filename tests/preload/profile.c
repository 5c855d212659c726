/* SPDX-License-Identifier: MIT */
/*
 * Allocates at known places, each so much that samples of one in 16 KiB tell its bytes:
 * what each of them has at the end stands in profile.sh.
 *
 *   profile           and ends
 *   profile fork      the child allocates 4 MiB more, in in_child()
 *   profile api FILE  by the functions of hakmem.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1 << 20)

int hak_profile_start(size_t bytes) __attribute__((weak));
void hak_profile_stop(void) __attribute__((weak));
int hak_profile_dump(const char *path) __attribute__((weak));

static void *keep[64 * MIB / 1000];
static size_t kept;

/* Not a jump: the frame of the caller is to be seen. */
#define CALL(call)                                  \
	do {                                        \
		call;                               \
		__asm__ volatile("" : : : "memory"); \
	} while (0)

__attribute__((noinline)) static void in_small(void)
{
	CALL(keep[kept++] = malloc(1000));
}

__attribute__((noinline)) static void in_large(void)
{
	CALL(keep[kept++] = calloc(1, 500000));
}

__attribute__((noinline)) static void in_freed(void)
{
	void *block;

	CALL(block = malloc(3000));
	free(block);
}

__attribute__((noinline)) static void in_grown(void)
{
	void *block;

	CALL(block = malloc(100));
	CALL(block = realloc(block, 2000));
	keep[kept++] = block;
}

__attribute__((noinline)) static void in_child(void)
{
	CALL(keep[kept++] = malloc(1000));
}

__attribute__((noinline)) static void twice(void (*place)(void))
{
	CALL(place());
	CALL(place());
}

static void run(void)
{
	for (int i = 0; i < 8 * MIB / 1000 / 2; i++)
		CALL(twice(in_small));
	for (int i = 0; i < 16 * MIB / 500000 / 2; i++)
		CALL(twice(in_large));
	for (int i = 0; i < 32 * MIB / 3000 / 2; i++)
		CALL(twice(in_freed));
	for (int i = 0; i < 4 * MIB / 2000 / 2; i++)
		CALL(twice(in_grown));
}

static int use_api(const char *path)
{
	int error;

	if (hak_profile_dump(path) == 0)
		return 1;
	hak_profile_stop();
	error = hak_profile_start(16384);
	if (error != 0) {
		printf("%s\n", strerror(error));
		return 2;
	}
	if (hak_profile_start(0) == 0)
		return 3;
	run();
	hak_profile_stop();
	in_child();
	return hak_profile_dump(path);
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "api") == 0)
		return use_api(argv[2]);
	run();
	if (argc == 2 && fork() == 0)
		for (int i = 0; i < 4 * MIB / 1000; i++)
			in_child();
	else
		wait(NULL);
	puts("done");
	return 0;
}
