/* SPDX-License-Identifier: MIT */
#include "threads.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Threads that begin meanwhile have room too. */
#define SPARE_THREADS 256u

/* A thread that waits for a child of vfork() does not stop before that one has gone on. */
#define WAIT_MS 5000

/* In this order; the caller makes the first step and the last. */
enum step { STEP_WAIT, STEP_BEGIN, STEP_STOPPED, STEP_FAILED, STEP_RESUME };

/* ---- steps ---- */

static void make_step(struct threads *t, enum step step)
{
	__atomic_store_n(&t->step, step, __ATOMIC_RELEASE);
	syscall(SYS_futex, &t->step, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static enum step current_step(const struct threads *t)
{
	return (enum step)__atomic_load_n(&t->step, __ATOMIC_ACQUIRE);
}

/* For a tenth of a second at most: who makes the next one may have been killed. */
static void wait_for_step(struct threads *t, enum step old)
{
	struct timespec tenth = {0, 100000000};

	syscall(SYS_futex, &t->step, FUTEX_WAIT, old, &tenth, NULL, 0);
}

/* ---- the list of threads ---- */

/* As the kernel fills it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* Calls `take` for each thread of a process, until it returns false.  opendir() allocates. */
static bool for_each_thread(int process, bool (*take)(void *arg, int id), void *arg)
{
	_Alignas(struct entry) char buffer[4096], path[64];
	bool more = true;
	long got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task", process);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (more && (got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
		for (long at = 0; more && at < got;) {
			const struct entry *e = (const void *)(buffer + at);

			if (e->name[0] != '.')
				more = take(arg, atoi(e->name));
			at += e->length;
		}
	close(fd);
	return more;
}

static bool count_thread(void *arg, int id)
{
	(void)id;
	++*(size_t *)arg;
	return true;
}

size_t threads_count(void)
{
	size_t count = 0;

	for_each_thread(getpid(), count_thread, &count);
	return count;
}

/* ---- the child ---- */

/* Has it ended, though its number is still there? */
static bool has_ended(int process, int id)
{
	char text[512], path[64];
	const char *state;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", process, id);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	state = strrchr(text, ')');
	return !state || state[1] == '\0' || state[2] == 'Z' || state[2] == 'X';
}

/* Its status when it has stopped; 0: it has ended, -1: it does neither. */
static int wait_for_stop(int id)
{
	struct timespec millisecond = {0, 1000000};
	int status;

	for (int i = 0; i < WAIT_MS; i++) {
		pid_t got = waitpid(id, &status, __WALL | WNOHANG);

		if (got == id)
			return WIFSTOPPED(status) ? status : 0;
		if (got < 0)
			return 0;
		nanosleep(&millisecond, NULL);
	}
	return -1;
}

static void read_registers(struct thread *one, int kind)
{
	struct iovec v = {(char *)one->registers + one->size, REGISTER_BYTES - one->size};

	if (ptrace(PTRACE_GETREGSET, one->id, (void *)(intptr_t)kind, &v) == 0)
		one->size += v.iov_len & -sizeof(uintptr_t);
}

/* The place of a general register among those of a thread. */
#define REGISTER(name) (offsetof(struct user_regs_struct, name) / sizeof(uintptr_t))

static void find_stack(struct thread *one, bool is_first)
{
	(void)is_first;
#if defined(__x86_64__)
	one->sp = one->registers[REGISTER(rsp)];
	one->tp = is_first ? 0 : one->registers[REGISTER(fs_base)];
#elif defined(__aarch64__)
	one->sp = one->registers[REGISTER(sp)];
#endif
}

/* A stop that is not ours is that of a signal, which the thread gets in the end. */
static void take_thread(struct threads *t, int id, int status)
{
	struct thread *one = &t->thread[t->count++];

	one->id = id;
	one->signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
	one->size = 0;
	read_registers(one, NT_PRSTATUS);
	one->sp = one->tp = 0;
	if (one->size != 0)
		find_stack(one, id == t->process);
	read_registers(one, NT_PRFPREG);
}

static bool is_known(const struct threads *t, int id)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->thread[i].id == id)
			return true;
	return id == t->caller;
}

/* False: it failed. */
static bool stop_thread(void *arg, int id)
{
	struct threads *t = arg;
	int status;

	if (is_known(t, id))
		return true;
	if (t->count == t->room) {
		t->error = EAGAIN;
	} else if (ptrace(PTRACE_SEIZE, id, NULL, NULL) != 0) {
		t->error = errno;
		if (t->error == ESRCH || has_ended(t->process, id))
			t->error = 0;
	} else {
		ptrace(PTRACE_INTERRUPT, id, NULL, NULL);
		status = wait_for_stop(id);
		if (status > 0)
			take_thread(t, id, status);
		else if (status < 0)
			t->error = ETIMEDOUT;
	}
	return t->error == 0;
}

/* Until there is none that was not there before: a running one may begin others. */
static bool stop_all(struct threads *t)
{
	size_t before;

	do {
		before = t->count;
		if (!for_each_thread(t->process, stop_thread, t)) {
			t->error = t->error != 0 ? t->error : ENOENT;
			return false;
		}
	} while (t->count != before);
	return true;
}

/* What is traced when its tracer ends goes on by itself, but a signal would be lost. */
static _Noreturn void run_child(struct threads *t)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (current_step(t) == STEP_WAIT && getppid() == t->process)
		wait_for_step(t, STEP_WAIT);
	make_step(t, stop_all(t) ? STEP_STOPPED : STEP_FAILED);
	while (current_step(t) == STEP_STOPPED && getppid() == t->process)
		wait_for_step(t, STEP_STOPPED);
	for (size_t i = 0; i < t->count; i++)
		ptrace(PTRACE_DETACH, t->thread[i].id, NULL,
		       (void *)(intptr_t)t->thread[i].signal);
	_exit(0);
}

/* ---- the caller ---- */

/* No handler of pthread_atfork() runs, and no SIGCHLD comes. */
pid_t threads_fork(void)
{
	return (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

int threads_wait(pid_t child)
{
	int status;

	while (waitpid(child, &status, __WALL) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static size_t bytes_for(size_t room)
{
	return sizeof(struct threads) + room * sizeof(struct thread);
}

struct threads *threads_prepare(void)
{
	size_t room = threads_count() + SPARE_THREADS;
	struct threads *t = mmap(NULL, bytes_for(room), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (t == MAP_FAILED)
		return NULL;
	t->process = getpid();
	t->caller = (int)syscall(SYS_gettid);
	t->room = room;
	return t;
}

void threads_free(struct threads *t)
{
	munmap(t, bytes_for(t->room));
}

/* PR_SET_PTRACER: Yama lets a process trace its children alone, but for this. */
int threads_stop(struct threads *t)
{
	int status;

	t->child = threads_fork();
	if (t->child < 0)
		return errno;
	if (t->child == 0)
		run_child(t);
	prctl(PR_SET_PTRACER, (unsigned long)t->child, 0, 0, 0);
	make_step(t, STEP_BEGIN);
	while (current_step(t) == STEP_BEGIN) {
		wait_for_step(t, STEP_BEGIN);
		if (current_step(t) == STEP_BEGIN &&
		    waitpid(t->child, &status, __WALL | WNOHANG) != 0)
			return EPERM; /* a sandbox has killed it */
	}
	if (current_step(t) == STEP_STOPPED)
		return 0;
	threads_resume(t);
	return t->error;
}

void threads_resume(struct threads *t)
{
	make_step(t, STEP_RESUME);
	threads_wait(t->child);
}
