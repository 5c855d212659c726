/* SPDX-License-Identifier: MIT */
/* Prints the version, and gives free memory back. */
#include <hakmem.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	char *block = malloc(100000);      /* of libhakmem, too */

	if (!block)
		return 1;
	printf("libhakmem %s\n", hak_version());
	hak_free(block);                   /* as free(block) */
	printf("%zu bytes given back\n", hak_purge());
	return 0;
}
