/* SPDX-License-Identifier: MIT */
/* One thread makes blocks and sends them through a pipe to another, which frees. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 256
#define TIMES 20000
#define SIZE 64

static int way[2];

static void *consume(void *unused)
{
	void *block[AT_ONCE];

	/* A pipe keeps writes of up to 4096 bytes whole. */
	while (read(way[0], block, sizeof block) == sizeof block)
		for (int i = 0; i < AT_ONCE; i++)
			free(block[i]);
	return unused;
}

int main(void)
{
	clock_t start = clock();
	void *block[AT_ONCE];
	pthread_t consumer;

	if (pipe(way) != 0 || pthread_create(&consumer, NULL, consume, NULL) != 0)
		return 1;
	for (int t = 0; t < TIMES; t++) {
		for (int i = 0; i < AT_ONCE; i++) {
			block[i] = malloc(SIZE);
			if (!block[i])
				return 1;
			*(volatile char *)block[i] = 1;
		}
		if (write(way[1], block, sizeof block) != sizeof block)
			return 1;
	}
	close(way[1]);
	pthread_join(consumer, NULL);
	printf("%.6f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
	return 0;
}
