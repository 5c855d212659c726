/* SPDX-License-Identifier: MIT */
/*
 * Each case frees a pointer twice, which the library reports, and prints what the line
 * has to say of the process.
 *
 *   name      nothing special
 *   unnamed   the program is executed again with an empty argv[0]
 *   control   argv[0] holds a newline, and is long
 *   fork      in a child
 *   filter    the process has lost getpid(): the call fails
 *   kept      a handler of SIGABRT prints the message that glibc keeps
 */
#define _GNU_SOURCE
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* getpid() fails from now on. */
static void lose_getpid(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = 4, .filter = program};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) != 0)
		exit(77);
}

static void run_again(const char *name)
{
	char path[] = "/proc/self/exe", *arguments[] = {(char *)name, "name", NULL};

	execv(path, arguments);
	exit(1);
}

static void name_long(void)
{
	char name[3000];

	memset(name, 'x', sizeof(name));
	memcpy(name, "/a/b\nc", 6);
	name[sizeof(name) - 1] = '\0';
	run_again(name);
}

static void be_a_child(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		return;
	waitpid(child, &status, 0);
	exit(!WIFEXITED(status));
}

/* What a core dump would show as glibc's message of an abort. */
static void print_kept(int number)
{
	char **kept = dlsym(RTLD_DEFAULT, "__abort_msg");

	printf("%s\n", kept && *kept ? *kept + sizeof(unsigned) : "nothing is kept");
	fflush(stdout);
	signal(number, SIG_DFL);
	assert(number == 0); /* glibc puts a message of its own there */
}

/* free() has to keep errno, whatever happens to the message. */
static void misuse(void)
{
	void *volatile block = malloc(100);

	free(block);
	errno = 4711;
	free(block);
	if (errno != 4711)
		puts("errno is lost");
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";

	if (strcmp(kind, "unnamed") == 0)
		run_again("");
	if (strcmp(kind, "control") == 0)
		name_long();
	if (strcmp(kind, "fork") == 0)
		be_a_child();
	printf("%d\n", (int)getpid());
	fflush(stdout);
	if (strcmp(kind, "filter") == 0)
		lose_getpid();
	if (strcmp(kind, "kept") == 0)
		signal(SIGABRT, print_kept);
	misuse();
	return 0;
}
