/* SPDX-License-Identifier: MIT */
/*
 * fork_exit MICROSECONDS: ends with status 7 after so long, while other threads fork all
 * the time.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *fork_for_ever(void *unused)
{
	for (;;) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		waitpid(child, NULL, 0);
	}
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	for (int i = 0; i < 12; i++)
		if (pthread_create(&thread, NULL, fork_for_ever, NULL) != 0)
			return 1;
	usleep(argc > 1 ? (useconds_t)strtoul(argv[1], NULL, 10) : 0);
	exit(7);
}
