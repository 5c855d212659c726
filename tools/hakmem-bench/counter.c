/* SPDX-License-Identifier: MIT */
#include "counter.h"

#include "bench/common.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Kernels before 5.9 do not tell that the last process has gone. */
#define LOOK_AGAIN_MS 200
/* Later kernels may have larger structures. */
#define NOTICE_ROOM 512

const struct memory_call memory_calls[MEMORY_CALLS] = {
	{"mmap", SYS_mmap},	    {"munmap", SYS_munmap},
	{"mremap", SYS_mremap},	    {"mprotect", SYS_mprotect},
	{"madvise", SYS_madvise},   {"brk", SYS_brk},
};

/* ---- the filter --------------------------------------------------------------- */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOWER_HALF 0
#else
#define LOWER_HALF 4
#endif

#define LOAD(field, half) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
		 offsetof(struct seccomp_data, field) + (half))
#define SKIP_UNLESS(value, skipped) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skipped)
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, action)

/* Each call counted, and each write to file -1, is to be asked about. */
static long install_filter(void)
{
	struct sock_filter filter[2 * MEMORY_CALLS + 6] = {LOAD(nr, 0)};
	unsigned short n = 1;
	struct sock_fprog program = {.filter = filter};

	for (unsigned i = 0; i < MEMORY_CALLS; i++) {
		filter[n++] = (struct sock_filter)SKIP_UNLESS(
			memory_calls[i].number, 1);
		filter[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_USER_NOTIF);
	}
	filter[n++] = (struct sock_filter)SKIP_UNLESS(SYS_write, 3);
	filter[n++] = (struct sock_filter)LOAD(args[0], LOWER_HALF);
	filter[n++] = (struct sock_filter)SKIP_UNLESS(UINT32_MAX, 1);
	filter[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_USER_NOTIF);
	filter[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
	program.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* ---- a file from the child to the parent ---------------------------------------- */

union file_message {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message_with(struct iovec *byte, union file_message *file)
{
	return (struct msghdr){.msg_iov = byte, .msg_iovlen = 1,
			       .msg_control = file->room,
			       .msg_controllen = sizeof file->room};
}

static void send_file(int way, int file)
{
	char text = 0;
	struct iovec byte = {&text, 1};
	union file_message room = {.room = {0}};
	struct msghdr message = message_with(&byte, &room);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof file);
	memcpy(CMSG_DATA(header), &file, sizeof file);
	sendmsg(way, &message, MSG_NOSIGNAL);
}

/* -1 when the other end closed without sending one. */
static int receive_file(int way)
{
	char text;
	struct iovec byte = {&text, 1};
	union file_message room = {.room = {0}};
	struct msghdr message = message_with(&byte, &room);
	struct cmsghdr *header;
	int file = -1;

	if (recvmsg(way, &message, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&file, CMSG_DATA(header), sizeof file);
	return file;
}

struct counter counter_open(void)
{
	struct counter c = {.works = false};

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c.ends) != 0)
		fail("cannot make a socket: %s", strerror(errno));
	return c;
}

void counter_enter(struct counter *c)
{
	long listener = install_filter();

	if (listener >= 0)
		send_file(c->ends[1], (int)listener);
	close((int)listener);
	close(c->ends[1]);
}

/* ---- counting -------------------------------------------------------------------- */

static void count_call(struct counter *c, const struct seccomp_data *call)
{
	if (call->nr == SYS_write)
		c->inside = call->args[2] == strlen(RUN_BEGINS);
	for (unsigned i = 0; i < MEMORY_CALLS && c->inside; i++)
		c->count[i] += (unsigned)call->nr == memory_calls[i].number;
}

/*
 * Takes one notice and lets the call go on; false when this kernel cannot.  A
 * process that was killed meanwhile is no error.
 */
static bool answer_one(struct counter *c, int listener)
{
	union {
		struct seccomp_notif notice;
		char room[NOTICE_ROOM];
	} question = {.room = {0}};
	struct seccomp_notif_resp answer = {
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0)
		return errno == ENOENT || errno == EINTR;
	count_call(c, &question.notice.data);
	answer.id = question.notice.id;
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0 ||
	       errno == ENOENT;
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	       info.si_pid == pid;
}

void counter_watch(struct counter *c, pid_t pid)
{
	struct pollfd seen = {.events = POLLIN};

	close(c->ends[1]);
	seen.fd = receive_file(c->ends[0]);
	close(c->ends[0]);
	c->works = seen.fd >= 0;
	while (c->works && !(seen.revents & POLLHUP)) {
		seen.revents = 0;
		if (poll(&seen, 1, LOOK_AGAIN_MS) == 1 && seen.revents & POLLIN)
			c->works = answer_one(c, seen.fd);
		else if (has_ended(pid))
			break;
	}
	/* Whoever waits for an answer that never comes would wait forever. */
	if (!c->works)
		kill(pid, SIGKILL);
	close(seen.fd);
}

/* ---- the result ------------------------------------------------------------------ */

json_t *memory_calls_json(const unsigned long *count)
{
	json_t *calls = json_object();

	for (unsigned i = 0; i < MEMORY_CALLS; i++)
		json_object_set_new(calls, memory_calls[i].name,
				    json_integer((json_int_t)count[i]));
	return calls;
}

json_t *counter_json(const struct counter *c)
{
	return c->works ? memory_calls_json(c->count) : json_null();
}
