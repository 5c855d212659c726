/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>

/* Exit status: the request waits for the process. */
enum { EXIT_WAITING = 3 };

/* How often the answer is looked for. */
#define LOOK_NANOSECONDS 5000000

/* ---- asking ---- */

static enum outcome write_memory(pid_t pid, void *to, const void *from, size_t size)
{
	struct iovec local = {(void *)(uintptr_t)from, size}, remote = {to, size};
	ssize_t done = process_vm_writev(pid, &local, 1, &remote, 1, 0);

	if (done == (ssize_t)size)
		return PROCESS_READ;
	return done < 0 ? process_outcome(errno) : PROCESS_BROKEN;
}

/* The number last: the process looks at nothing else. */
static enum outcome write_request(pid_t pid, struct request *there, struct request *request)
{
	enum outcome outcome = write_memory(pid, there, request,
					    offsetof(struct request, number));

	if (outcome == PROCESS_READ)
		outcome = write_memory(pid, &there->number, &request->number,
				       sizeof(request->number));
	return outcome;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static enum reply wait_for(pid_t pid, const struct request *there, struct request *request,
			   double seconds, enum outcome *outcome)
{
	const struct timespec pause = {.tv_nsec = LOOK_NANOSECONDS};
	double end = now() + seconds;
	uint32_t number = request->number;

	for (;;) {
		*outcome = process_copy(pid, there, request, sizeof(*request));
		if (*outcome != PROCESS_READ)
			return REPLY_FAILED;
		if (request->number == 0 && request->served == number)
			return REPLY_SERVED;
		if (now() > end)
			return REPLY_SILENT;
		nanosleep(&pause, NULL);
	}
}

enum reply request_ask(pid_t pid, struct request *request, double seconds,
		       enum outcome *outcome)
{
	struct stats_page page;
	struct request found;

	*outcome = process_page(pid, &page);
	if (*outcome == PROCESS_READ)
		*outcome = process_copy(pid, page.request, &found, sizeof(found));
	if (*outcome != PROCESS_READ)
		return REPLY_FAILED;
	if (found.number != 0 && found.kind != request->kind)
		return REPLY_BUSY;
	request->number = found.number;
	if (found.number == 0) {
		request->number = found.served % UINT8_MAX + 1;
		*outcome = write_request(pid, page.request, request);
		if (*outcome != PROCESS_READ)
			return REPLY_FAILED;
	}
	return wait_for(pid, page.request, request, seconds, outcome);
}

/* ---- --purge ---- */

int request_refuse(pid_t pid, const char *sentence)
{
	fprintf(stderr, "hakmem-stat: process %d %s\n", (int)pid, sentence);
	return EXIT_FAILURE;
}

static double mib(uint64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static int tell_purged(pid_t pid, const struct request *answer, uint64_t before,
		       uint64_t after)
{
	printf("process %d: %.1f MiB given back, resident memory from %.1f to %.1f MiB\n",
	       (int)pid, mib(answer->answer), mib(before), mib(after));
	return EXIT_SUCCESS;
}

int request_tell_silent(pid_t pid, double seconds)
{
	fprintf(stderr,
		"hakmem-stat: process %d asked the allocator for nothing new in %g seconds: it sleeps, or its caches have all that it needs; the request stays, and is served when it does\n",
		(int)pid, seconds);
	return EXIT_WAITING;
}

int request_purge(pid_t pid, double seconds)
{
	static struct process process;
	struct request request = {.kind = REQUEST_PURGE};
	enum outcome outcome = process_read(pid, &process);
	uint64_t before = process.resident;
	enum reply reply;

	if (outcome != PROCESS_READ)
		return request_refuse(pid, process_sentence(outcome));
	if (process.report.disabled)
		return request_refuse(pid, "has the allocator of libc: HAKMEM_DISABLE is set for it");
	reply = request_ask(pid, &request, seconds, &outcome);
	if (reply == REPLY_SILENT)
		return request_tell_silent(pid, seconds);
	if (reply == REPLY_BUSY)
		return request_refuse(pid, "has another request to serve first");
	if (reply == REPLY_SERVED)
		outcome = process_read(pid, &process);
	if (outcome != PROCESS_READ)
		return request_refuse(pid, outcome == PROCESS_DENIED ?
						   process_sentence(outcome) :
						   "has ended");
	return tell_purged(pid, &request, before, process.resident);
}
