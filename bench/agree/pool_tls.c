/* SPDX-License-Identifier: MIT */
/* Blocks of 8 to 52 KiB in 256 places, replaced at random. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PLACES 256
#define OPS 400000
#define LEAST 8192
#define MOST 53248

static char *volatile place[PLACES];

int main(void)
{
	clock_t start = clock();
	uint32_t number = 12345;

	for (int i = 0; i < OPS; i++) {
		number = number * 1664525 + 1013904223;
		unsigned which = number >> 24 & (PLACES - 1);

		free(place[which]);
		place[which] = malloc(LEAST + (number >> 4) % (MOST - LEAST));
		if (!place[which])
			return 1;
		place[which][0] = 1;
	}
	printf("%.6f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
	return 0;
}
