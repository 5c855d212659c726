/* SPDX-License-Identifier: MIT */
/* A profile of a part of the program alone. */
#include <errno.h>
#include <hakmem.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	void *kept[1000];
	int error = hak_profile_start(4096);

	if (error != 0) {
		fprintf(stderr, "no profile: %s\n", strerror(error));
		return error == ENOENT ? 0 : 1;
	}
	for (int i = 0; i < 1000; i++)
		kept[i] = hak_malloc(1000);
	for (int i = 0; i < 900; i++)
		hak_free(kept[i]);
	error = hak_profile_dump("part.pb.gz");
	hak_profile_stop();
	if (error == 0)
		puts("part.pb.gz is written");
	return error;
}
