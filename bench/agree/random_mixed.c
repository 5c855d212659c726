/* SPDX-License-Identifier: MIT */
/* Small blocks in 256 places, each taken and given back at random. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PLACES 256
#define OPS 8000000

static char *volatile place[PLACES];

int main(void)
{
	clock_t start = clock();
	uint32_t number = 12345;

	for (int i = 0; i < OPS; i++) {
		number = number * 1664525 + 1013904223;
		unsigned which = number >> 24 & (PLACES - 1);

		if (place[which]) {
			free(place[which]);
			place[which] = NULL;
		} else {
			place[which] = malloc((number >> 8 & 255) + 1);
			if (!place[which])
				return 1;
			place[which][0] = 1;
		}
	}
	printf("%.6f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
	return 0;
}
