/* SPDX-License-Identifier: MIT */
/*
 * For hakmem_stat.sh: allocates something of every kind in two threads, one of
 * which has ended and left blocks of the other's in its inbox, prints the JSON of
 * its own statistics, and waits until it is killed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS 3000

static void *blocks[BLOCKS];

static void fill(int step)
{
	for (int i = 0; i < BLOCKS; i += step) {
		free(blocks[i]);
		blocks[i] = malloc((size_t)i * 37 % 70000 + 1);
	}
}

static void *other_thread(void *unused)
{
	fill(3);
	return unused;
}

static void write_out(void *unused, const char *text)
{
	(void)unused;
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(1);
}

int main(void)
{
	int (*print)(void (*)(void *, const char *), void *, unsigned);
	pthread_t thread;
	void *huge;

	*(void **)&print = dlsym(RTLD_DEFAULT, "hak_stats_print");
	fill(1);
	huge = malloc((size_t)5 << 20);
	if (!print || !huge || pthread_create(&thread, NULL, other_thread, NULL) != 0)
		return 1;
	pthread_join(thread, NULL);
	print(write_out, NULL, 1);
	pause();
	free(huge);
	return 0;
}
