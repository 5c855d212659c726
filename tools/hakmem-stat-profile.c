/* SPDX-License-Identifier: MIT */
/*
 * The process only samples.  Its sites and its mappings are read out of its memory, and
 * written here by what the plug-in of the library has for it: the process needs no
 * plug-in, opens nothing and writes nothing.
 */
#include "hakmem-stat-profile.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hakmem-stat-request.h"

#ifdef HAK_PROFILER

#include "hakmem-stat-maps.h"
#include "hakmem-stat-sites.h"
#include "profiler/output.h"

#define USUAL_SECONDS 10

/* ---- the sites of the process ---- */

static void free_sites(struct site *s)
{
	while (s) {
		struct site *next = s->next;

		free(s);
		s = next;
	}
}

/* A list of at most so many, in another order.  False: it cannot be read. */
static bool copy_sites(pid_t pid, const struct stats_page *page, size_t most,
		       struct site **list)
{
	const struct site *there;

	*list = NULL;
	if (!sites_head(pid, page, &there))
		return false;
	while (there) {
		struct site *s = most-- != 0 ? sites_copy(pid, there) : NULL;

		if (!s)
			return false;
		there = s->next;
		s->next = *list;
		*list = s;
	}
	return true;
}

/* ---- asking ---- */

struct target {
	pid_t pid;
	double timeout;
	struct stats_page page;
	struct totals totals;
};

static enum outcome look_at(struct target *t)
{
	enum outcome outcome = process_page(t->pid, &t->page);

	return outcome != PROCESS_READ ? outcome :
					 process_copy(t->pid, t->page.totals, &t->totals,
						      sizeof(t->totals));
}

/* 0, or the exit status after a sentence. */
static int ask(const struct target *t, uint32_t kind)
{
	struct request request = {.kind = kind};
	enum outcome outcome;

	switch (request_ask(t->pid, &request, t->timeout, &outcome)) {
	case REPLY_SERVED:
		break;
	case REPLY_SILENT:
		return request_tell_silent(t->pid, t->timeout);
	case REPLY_BUSY:
		return request_refuse(t->pid, "has another request to serve first");
	default: /* it was there a moment ago */
		return request_refuse(t->pid, outcome == PROCESS_DENIED ?
						      process_sentence(outcome) :
						      "has ended");
	}
	if (request.status != REQUEST_DONE || request.answer != 0)
		return request_refuse(t->pid, "cannot be asked for a profile");
	return 0;
}

static void wake_up(int signal)
{
	(void)signal;
}

/* An interrupt ends the sampling, and not the program; so does the end of the process. */
static void sleep_for(pid_t pid, double seconds)
{
	struct sigaction action = {.sa_handler = wake_up}, before;
	struct timespec t;
	int woken = 0;

	sigaction(SIGINT, &action, &before);
	for (; seconds > 0 && !woken && (kill(pid, 0) == 0 || errno != ESRCH); seconds -= 1) {
		t.tv_sec = seconds >= 1;
		t.tv_nsec = seconds >= 1 ? 0 : (long)(seconds * 1e9);
		woken = nanosleep(&t, NULL);
	}
	sigaction(SIGINT, &before, NULL);
}

/* ---- writing ---- */

static int tell_written(const struct target *t, const char *path, int error)
{
	if (error != 0) {
		fprintf(stderr, "hakmem-stat: cannot write %s: %s\n", path, strerror(error));
		return EXIT_FAILURE;
	}
	printf("process %d: profile in %s\n", (int)t->pid, path);
	return EXIT_SUCCESS;
}

static int refuse_unreadable(struct target *t)
{
	return request_refuse(t->pid, look_at(t) == PROCESS_READ ?
					      process_sentence(PROCESS_BROKEN) :
					      "has ended");
}

static int write_profile(struct target *t, const char *path, int64_t began)
{
	struct profile_facts facts = {.mean = t->totals.profile_mean, .began = began};
	struct maps maps = {NULL, 0};
	struct site *sites;
	int status;

	if (!copy_sites(t->pid, &t->page, sites_most(t->totals.profile_sites), &sites) ||
	    !maps_read(t->pid, &maps)) {
		status = refuse_unreadable(t);
	} else {
		facts.sites = sites;
		status = tell_written(t, path, output_write(path, &facts, maps.mapping,
							    maps.count));
	}
	free(maps.mapping);
	free_sites(sites);
	return status;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* As profile_begin(), with what was seen there. */
static int begin(struct target *t, bool *ours)
{
	enum outcome outcome = look_at(t);

	if (outcome != PROCESS_READ)
		return request_refuse(t->pid, process_sentence(outcome));
	if (t->totals.disabled || t->totals.hardened)
		return request_refuse(t->pid, "has no profile: hardened mode or the malloc of libc serves it");
	*ours = t->totals.profile_mean == 0;
	return *ours ? ask(t, REQUEST_PROFILE_BEGIN) : 0;
}

int profile_begin(pid_t pid, double timeout, bool *ours)
{
	struct target t = {.pid = pid, .timeout = timeout};

	return begin(&t, ours);
}

/* One that does not answer in time serves it later. */
void profile_end(pid_t pid, double timeout)
{
	struct request end = {.kind = REQUEST_PROFILE_END};
	enum outcome outcome;

	request_ask(pid, &end, timeout, &outcome);
}

int profile_take(pid_t pid, double seconds, const char *path, double timeout)
{
	struct target t = {.pid = pid, .timeout = timeout};
	int64_t began = now();
	char usual[64];
	bool ours;
	int status = begin(&t, &ours);

	if (status != 0)
		return status;
	snprintf(usual, sizeof(usual), "hakmem.%d.pb.gz", (int)pid);
	sleep_for(pid, ours && seconds == 0 ? USUAL_SECONDS : seconds);
	if (look_at(&t) != PROCESS_READ)
		return request_refuse(pid, "has ended");
	status = write_profile(&t, path ? path : usual, ours ? began : now());
	if (ours)
		profile_end(pid, timeout);
	return status;
}

#else

int profile_take(pid_t pid, double seconds, const char *path, double timeout)
{
	(void)seconds;
	(void)path;
	return profile_begin(pid, timeout, NULL);
}

int profile_begin(pid_t pid, double timeout, bool *ours)
{
	(void)pid;
	(void)timeout;
	(void)ours;
	fprintf(stderr, "hakmem-stat: --profile is not there: it was built without zlib\n");
	return EXIT_FAILURE;
}

void profile_end(pid_t pid, double timeout)
{
	(void)pid;
	(void)timeout;
}

#endif /* HAK_PROFILER */
