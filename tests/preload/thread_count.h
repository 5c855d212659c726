/* SPDX-License-Identifier: MIT */
/* How many threads the process has. */
#ifndef THREAD_COUNT_H
#define THREAD_COUNT_H

#include <dirent.h>

static inline int thread_count(void)
{
	DIR *folder = opendir("/proc/self/task");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count - 2;
}

#endif /* THREAD_COUNT_H */
