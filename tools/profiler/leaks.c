/* SPDX-License-Identifier: MIT */
/*
 * What hakmem-heap is told beside the sums stands in comments of the profile, which it
 * knows by their first words: "leaks of process PID, PROGRAM", "in use: N blocks, N bytes",
 * "note: SENTENCE".
 */
#include "leaks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "output.h"
#include "search.h"
#include "sort.h"
#include "threads.h"

struct report {
	const char *path;
	const struct leak_facts *facts;
	const struct mapping *mapping;
	size_t mappings;
	uintptr_t own; /* see search_run() */
	char note[256], process[PATH_MAX + 64], in_use[64];
	const char *comments[4];
};

/* ---- comments ---- */

static void name_process(struct report *r)
{
	int length = snprintf(r->process, sizeof(r->process), "leaks of process %d, ",
			      (int)getpid());
	ssize_t got = readlink("/proc/thread-self/exe", r->process + length,
			       sizeof(r->process) - (size_t)length - 1);

	r->process[length + (got > 0 ? got : 0)] = '\0';
}

static void fill_comments(struct report *r, const struct search *s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->blocks; i++)
		bytes += s->sample[i]->sum.bytes;
	snprintf(r->in_use, sizeof(r->in_use), "in use: %zu blocks, %llu bytes", s->blocks,
		 (unsigned long long)bytes);
	r->comments[0] = r->process;
	r->comments[1] = r->in_use;
	r->comments[2] = r->note[0] != '\0' ? r->note : NULL;
}

/* ---- sums of sites ---- */

static const struct site *site_of(const struct search *s, size_t block)
{
	return s->sample[block]->site;
}

/* The sites of leaks, each once, in place of what is pending.  Returns how many. */
static size_t gather_sites(struct search *s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->blocks; i++)
		if (s->state[i] == LED_BY + i)
			s->start[count++] = (uintptr_t)site_of(s, i);
	return sort_once(s->start, count);
}

static size_t bytes_of(const struct site *site)
{
	return sizeof(*site) + site->depth * sizeof(*site->pc);
}

/* Copies of them without sums, as a list; s->pending has the copy of each. */
static void copy_sites(struct search *s, size_t count, char *room)
{
	for (size_t i = 0; i < count; i++) {
		const struct site *site = (const void *)s->start[i];
		struct site *copy = (void *)room;

		memcpy(copy, site, bytes_of(site));
		copy->total = copy->live = (struct site_sum){0, 0};
		room += bytes_of(site);
		copy->next = i + 1 < count ? (void *)room : NULL;
		s->pending[i] = (uintptr_t)copy;
	}
}

static void add_up(struct search *s, size_t count)
{
	for (size_t i = 0; i < s->blocks; i++) {
		size_t leader = s->state[i] - LED_BY;
		struct site *copy;

		if (s->state[i] < LED_BY)
			continue;
		copy = (void *)s->pending[sort_find(s->start, count,
						    (uintptr_t)site_of(s, leader))];
		site_sum_add(&copy->live, s->sample[i]->sum);
		if (leader == i)
			site_sum_add(&copy->total, s->sample[i]->sum);
	}
}

static int write_leaks(struct report *r, struct search *s)
{
	struct profile_facts facts = {
		.began = r->facts->began, .leaks = true, .comments = r->comments,
	};
	size_t count = gather_sites(s), size = sizeof(struct site);
	char *room;
	int error;

	for (size_t i = 0; i < count; i++)
		size += bytes_of((const void *)s->start[i]);
	room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return ENOMEM;
	copy_sites(s, count, room);
	add_up(s, count);
	facts.sites = count > 0 ? (const void *)room : NULL;
	error = output_write(r->path, &facts, r->mapping, r->mappings);
	munmap(room, size);
	return error;
}

/* ---- the search ---- */

/* t: stand still, and go on when the search is over; NULL: as for search_run(). */
static int search_and_write(struct report *r, struct search *s, struct threads *t)
{
	int error = search_run(s, r->own, t);

	if (t)
		threads_resume(t);
	if (error != 0)
		return -error;
	fill_comments(r, s);
	return write_leaks(r, s);
}

/* The id of a process that traces this one, such as a debugger; 0: none does. */
static int tracer(void)
{
	char text[4096] = "";
	int fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
	const char *line;

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	line = strstr(text, "\nTracerPid:");
	return line ? atoi(line + strlen("\nTracerPid:")) : 0;
}

/* A child has the memory of all threads as it was, and not their registers. */
static int search_in_child(struct report *r, struct search *s, int why)
{
	int traced = tracer();
	int error;
	pid_t child;

	if (traced != 0)
		snprintf(r->note, sizeof(r->note),
			 "note: process %d traces this one, so its threads were not stopped: what only their registers hold may be listed",
			 traced);
	else
		snprintf(r->note, sizeof(r->note),
			 "note: its threads could not be stopped (%s): what only their registers hold may be listed",
			 strerrordesc_np(why));
	child = threads_fork();
	if (child < 0)
		return errno;
	if (child == 0)
		_exit(search_and_write(r, s, NULL) & 255);
	error = threads_wait(child);
	if (error < 0)
		return EPERM;
	return error < 128 ? error : error - 256;
}

/* No handler runs meanwhile: it could wait for what a thread that stands still holds. */
static int search_threads(struct report *r, struct search *s)
{
	struct threads *t = threads_prepare();
	sigset_t all, before;
	int error;

	if (!t)
		return ENOMEM;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = threads_stop(t);
	error = error == 0 ? search_and_write(r, s, t) :
			     search_in_child(r, s, error);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	threads_free(t);
	return error;
}

/*
 * Its frame lies below that of the caller, which has all registers of the program that
 * functions keep.
 */
static __attribute__((noinline)) int search_above(void *arg, const struct sample *table,
						  size_t places)
{
	struct report *r = arg;
	struct search *s = search_make(r->facts, table, places);
	int error;

	if (!s)
		return ENOMEM;
	r->own = (uintptr_t)__builtin_frame_address(0);
	name_process(r);
	error = threads_count() > 1 ? search_threads(r, s) :
				      search_and_write(r, s, NULL);
	search_free(s);
	return error;
}

/*
 * This plug-in is opened at exit, and stands in no stack, nor does what is loaded with it
 * and follows in the list.  An object that was closed may have had its addresses.
 */
static size_t count_earlier(const struct mapping *mapping, size_t mappings)
{
	uintptr_t here = (uintptr_t)count_earlier;
	size_t count = 0;

	while (count < mappings && (here < mapping[count].begin || here >= mapping[count].end))
		count++;
	return count;
}

int leaks_write(const char *path, const struct leak_facts *facts,
		const struct mapping *mapping, size_t mappings)
{
	struct report r = {
		.path = path, .facts = facts, .mapping = mapping,
		.mappings = count_earlier(mapping, mappings),
	};
	int error;

	__builtin_unwind_init();
	error = facts->look(search_above, &r);
	__asm__ volatile("" : : : "memory"); /* not a jump */
	return error;
}
