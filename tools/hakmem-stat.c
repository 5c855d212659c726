/* SPDX-License-Identifier: MIT */
/*
 * hakmem-stat: shows the heap of a running process, or of all that use libhakmem,
 * once or again and again, or asks a process to purge, or for a profile.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hakmem-stat-arguments.h"
#include "hakmem-stat-output.h"
#include "hakmem-stat-profile.h"
#include "hakmem-stat-request.h"
#include "hakmem-stat-screen.h"
#include "hakmem-stat-top.h"

static _Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "hakmem-stat: %s: %s\n", what, strerror(error));
	exit(EXIT_FAILURE);
}

/* ---- one look ---- */

static enum outcome look(const struct arguments *a, struct table *t)
{
	if (!a->all)
		return table_read_one(t, a->pid);
	if (!table_read_all(t))
		fail("/proc", errno);
	table_sort(t, a->sort);
	return PROCESS_READ;
}

static void tell_unread(const struct table *t, enum outcome outcome)
{
	if (t->unread[outcome] != 0)
		fprintf(stderr, "hakmem-stat: not shown (%u): the process %s\n",
			t->unread[outcome], process_sentence(outcome));
}

static void tell_all_unread(const struct table *t)
{
	tell_unread(t, PROCESS_DENIED);
	tell_unread(t, PROCESS_OTHER);
}

static void show_each(FILE *out, const struct table *t,
		      void (*how)(FILE *out, const struct process *p))
{
	for (size_t i = 0; i < t->count; i++)
		how(out, &t->process[i]);
}

static void show_brief(FILE *out, const struct arguments *a, const struct table *t)
{
	struct process sum;

	if (!a->all) {
		output_brief(out, &t->process[0]);
		return;
	}
	sum = table_sum(t);
	output_brief(out, &sum);
}

static void show_text(FILE *out, const struct arguments *a, const struct table *t)
{
	if (a->all)
		table_heading(out);
	show_each(out, t, a->all ? table_row : output_text);
}

static void show(FILE *out, const struct arguments *a, const struct table *t)
{
	switch (a->format) {
	case FORMAT_TEXT: show_text(out, a, t); break;
	case FORMAT_BRIEF: show_brief(out, a, t); break;
	case FORMAT_JSON: show_each(out, t, output_json); break;
	case FORMAT_METRICS: output_metrics(out, t); break;
	}
}

/* ---- ends ---- */

/* In place of the time at which a process started: it was not seen yet. */
#define NOT_SEEN UINT64_MAX

/* Was it seen before, and is gone now?  Another process may have got its id. */
static bool has_ended(const struct table *t, enum outcome outcome, uint64_t started)
{
	if (started == NOT_SEEN)
		return false;
	return outcome == PROCESS_GONE || outcome == PROCESS_ZOMBIE ||
	       (outcome == PROCESS_READ && t->process[0].started != started);
}

/* The exit status, when the process cannot be shown any more. */
static int tell_end(const struct arguments *a, const struct table *t,
		    enum outcome outcome, uint64_t started)
{
	bool ended = has_ended(t, outcome, started);

	fprintf(stderr, "hakmem-stat: process %d %s\n", (int)a->pid,
		ended ? "has ended" : process_sentence(outcome));
	return ended ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- again and again ---- */

static void pause_for(double seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds};

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	nanosleep(&t, NULL);
}

/* `outcome` is that of the first look.  Once without --watch. */
static int show_lines(const struct arguments *a, struct table *t, enum outcome outcome)
{
	uint64_t started = NOT_SEEN;

	if (outcome == PROCESS_READ && a->format == FORMAT_BRIEF)
		output_brief_heading(stdout);
	if (a->all)
		tell_all_unread(t);
	while (outcome == PROCESS_READ && !has_ended(t, outcome, started)) {
		show(stdout, a, t);
		if (fflush(stdout) != 0)
			fail("stdout", errno);
		if (a->watch == 0)
			return EXIT_SUCCESS;
		started = a->all ? NOT_SEEN : t->process[0].started;
		pause_for(a->watch);
		outcome = look(a, t);
	}
	return tell_end(a, t, outcome, started);
}

/* The keys, for the last line of the screen; that of the order in brackets. */
static const char *help_line(const struct arguments *a)
{
	static char text[160];
	size_t used = (size_t)snprintf(text, sizeof(text), "q: end%s",
				       a->all ? "  sort:" : "");

	for (const struct column *c = columns; a->all && c->word; c++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 c == a->sort ? " [%c %s]" : " %c %s", c->key,
					 c->word);
	return text;
}

/* Draws it; the key that was pressed, or 0. */
static int show_screen(const struct arguments *a, const struct table *t)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int key;

	if (!out)
		return 'q';
	show(out, a, t);
	fclose(out);
	key = screen_show(text, a->all ? 1 : 2, help_line(a), a->watch);
	free(text);
	return key;
}

/* The same on the whole screen. */
static int watch_screen(struct arguments *a, struct table *t, enum outcome outcome)
{
	uint64_t started = NOT_SEEN;
	int key;

	while (outcome == PROCESS_READ && !has_ended(t, outcome, started)) {
		key = show_screen(a, t);
		if (key == 'q' || key == 'Q') {
			screen_close();
			if (a->all)
				tell_all_unread(t);
			return EXIT_SUCCESS;
		}
		if (column_of_key(key))
			a->sort = column_of_key(key);
		started = a->all ? NOT_SEEN : t->process[0].started;
		outcome = look(a, t);
	}
	screen_close();
	return tell_end(a, t, outcome, started);
}

int main(int argc, char **argv)
{
	struct arguments a;
	struct table t = {.count = 0};
	enum outcome outcome;
	int status;

	arguments_read(&a, argc, argv);
	if (a.top)
		return top_show(&a);
	if (a.purge)
		return request_purge(a.pid, a.timeout);
	if (a.profile)
		return profile_take(a.pid, a.seconds, a.output, a.timeout);
	outcome = look(&a, &t);
	if (outcome == PROCESS_READ && a.watch > 0 && a.format == FORMAT_TEXT &&
	    screen_open())
		status = watch_screen(&a, &t, outcome);
	else
		status = show_lines(&a, &t, outcome);
	free(t.process);
	return status;
}
