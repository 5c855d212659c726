/* SPDX-License-Identifier: MIT */
/* Prepares a thread for its work, and cleans up after it. */
#include <hakmem.h>
#include <stdio.h>

int main(void)
{
	printf("%zu blocks of 64 bytes are ready\n", hak_prewarm(64, 32));

	/* Here the work is done. */

	hak_thread_flush();                /* this thread will wait now */
	printf("%zu bytes given back\n", hak_purge());
	return 0;
}
