/* SPDX-License-Identifier: MIT */
/* Uses all of a block. */
#include <hakmem.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	char *block = hak_malloc(1000);

	if (!block)
		return 1;
	memset(block, 'x', hak_usable_size(block));
	printf("1000 bytes make a block of %zu\n", hak_usable_size(block));
	printf("a block: %d, a variable: %d\n", hak_owns(block),
	       hak_owns(&block));
	hak_free(block);
	return 0;
}
