/* SPDX-License-Identifier: MIT */
/* Keeps numbers in an array that grows, at a cache line. */
#include <hakmem.h>
#include <stdio.h>

int main(void)
{
	size_t room = 4, count;
	long *number = hak_malloc(room * sizeof(*number));
	void *line;

	for (count = 0; number && count < 100; count++) {
		if (count == room) {
			long *larger = hak_reallocarray(number, room *= 2,
							sizeof(*number));

			if (!larger)
				break;     /* number is still valid */
			number = larger;
		}
		number[count] = (long)count;
	}
	printf("%zu numbers\n", number ? count : 0);
	hak_free(number);

	if (hak_posix_memalign(&line, 64, 1000) != 0)
		return 1;
	hak_free(line);
	return 0;
}
