/* SPDX-License-Identifier: MIT */
/*
 * Blocks of each kind: "KIND ADDRESS" for each, and then its own /proc/self/maps.  The
 * numbers are what name_maps.sh looks for.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fresh.h"

#define MIB (1 << 20)

static char *filled(size_t size)
{
	return memset(fresh(size), 1, size);
}

static void copy_maps(void)
{
	char buffer[4096];
	int fd = open("/proc/self/maps", O_RDONLY);
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		(void)!write(STDOUT_FILENO, buffer, (size_t)got);
	close(fd);
}

int main(void)
{
	char *huge;

	for (int i = 0; i < 20; i++)
		printf("arena %p\n", (void *)filled(MIB));
	printf("arena %p\n", (void *)filled(100));
	huge = realloc(filled(2 * MIB), 100 * MIB);
	printf("huge %p\n", (void *)huge);
	printf("huge %p\n", (void *)(huge + 100 * MIB - 1));
	printf("huge %p\n", (void *)filled(3 * MIB));
	fflush(stdout);
	copy_maps();
	return 0;
}
