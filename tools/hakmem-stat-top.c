/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-top.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hakmem-heap/text.h"
#include "hakmem-stat-growth.h"
#include "hakmem-stat-output.h"
#include "hakmem-stat-profile.h"
#include "hakmem-stat-request.h"
#include "hakmem-stat-screen.h"

/* Rows that are shown, and functions of a site. */
#define CLASSES_SHOWN 10
#define SITES_SHOWN 40
#define FUNCTIONS_SHOWN 8

static volatile sig_atomic_t interrupted;
static bool failed; /* stdout takes no more */

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- order ---- */

/* What the rows are sorted by; keys of the screen. */
static char sorted_by = 'g';

static int64_t key_of(const struct grown *g)
{
	if (sorted_by == 'v')
		return (int64_t)g->now;
	return (int64_t)(g->now - (sorted_by == 'l' ? g->before : g->first));
}

/* The largest first. */
static int compare(const struct grown *a, const struct grown *b)
{
	int64_t first = key_of(a), second = key_of(b);

	if (first != second)
		return first < second ? 1 : -1;
	return (a->now < b->now) - (a->now > b->now);
}

static int compare_places(const void *a, const void *b)
{
	const struct place *first = a, *second = b;

	return compare(&first->live, &second->live);
}

static int compare_classes(const void *a, const void *b)
{
	return compare(*(const struct grown *const *)a, *(const struct grown *const *)b);
}

static bool is_empty(const struct grown *g)
{
	return (g->first | g->before | g->now) == 0;
}

/* Those that are not empty, in order, all together left out.  Returns how many. */
static size_t sort_classes(const struct growth *g, const struct grown *row[CLASSES])
{
	size_t count = 0;

	for (unsigned i = 0; i < CLASS_ALL; i++)
		if (!is_empty(&g->class[i]))
			row[count++] = &g->class[i];
	qsort(row, count, sizeof(*row), compare_classes);
	return count;
}

static const char *class_name(unsigned class)
{
	return class == CLASS_LARGE ? "Large" : class == CLASS_HUGE ? "Huge" :
					      size_class_name(class);
}

/* Bytes of its blocks; 0: of all sizes. */
static unsigned class_block(unsigned class)
{
	return class < BIN_COUNT ? size_class_table[class].usable : 0;
}

/* ---- text ---- */

static void print_grown(FILE *out, const struct grown *g)
{
	char live[NUMBER_SIZE], since[NUMBER_SIZE], last[NUMBER_SIZE];

	fprintf(out, "%10s %10s %10s  ", text_number(live, g->now, "bytes"),
		text_growth(since, g->first, g->now, "bytes"),
		text_growth(last, g->before, g->now, "bytes"));
}

static void print_classes(FILE *out, const struct growth *g)
{
	const struct grown *row[CLASSES];
	size_t count = sort_classes(g, row);

	print_grown(out, &g->class[CLASS_ALL]);
	fputs("all blocks\n", out);
	for (size_t i = 0; i < count && i < CLASSES_SHOWN; i++) {
		unsigned class = (unsigned)(row[i] - g->class);

		print_grown(out, row[i]);
		fputs(class_name(class), out);
		if (class_block(class) != 0)
			fprintf(out, ", blocks of %u bytes", class_block(class));
		fputc('\n', out);
	}
}

static void print_stack(FILE *out, struct growth *g, struct place *p)
{
	growth_name(g, p);
	for (uint32_t i = 0; p->function && i < p->site->depth && i < FUNCTIONS_SHOWN; i++)
		fprintf(out, "%s%s", i == 0 ? "" : " < ", p->function[i] ? p->function[i] : "?");
	fputc('\n', out);
}

static void print_sites(FILE *out, struct growth *g)
{
	const struct report *r = &g->process.report;

	if (r->profile_mean == 0 && r->profile_samples == 0) {
		fputs("\nno profile is on: --top --profile shows sites, too\n", out);
		return;
	}
	if (r->profile_mean == 0)
		fputs("\nsites of a profile that has ended\n", out);
	else
		fprintf(out, "\nsites, by samples of one in %llu bytes\n",
			(unsigned long long)r->profile_mean);
	for (size_t i = 0; i < g->places && i < SITES_SHOWN; i++)
		if (!is_empty(&g->place[i].live)) {
			print_grown(out, &g->place[i].live);
			print_stack(out, g, &g->place[i]);
		}
}

static void print_text(FILE *out, struct growth *g, double seconds)
{
	fprintf(out, "process %d, ", (int)g->process.pid);
	print_name(out, &g->process, 0);
	fprintf(out, ", %llu KiB resident, %.1f seconds since the first look\n",
		(unsigned long long)(g->process.resident >> 10), seconds);
	fputs("      LIVE      GROWN       LAST\n", out);
	print_classes(out, g);
	print_sites(out, g);
}

/* ---- JSON ---- */

static void json_grown(FILE *out, const struct grown *g)
{
	fprintf(out, "\"live\": %llu, \"growth\": %lld, \"last\": %lld",
		(unsigned long long)g->now, (long long)(g->now - g->first),
		(long long)(g->now - g->before));
}

static void json_classes(FILE *out, const struct growth *g)
{
	const struct grown *row[CLASSES];
	size_t count = sort_classes(g, row);

	for (size_t i = 0; i < count; i++) {
		unsigned class = (unsigned)(row[i] - g->class);

		fprintf(out, "%s{\"class\": \"%s\", \"block\": %u, ", i == 0 ? "" : ", ",
			class_name(class), class_block(class));
		json_grown(out, row[i]);
		fputc('}', out);
	}
}

static void json_sites(FILE *out, struct growth *g)
{
	const char *separator = "";

	for (size_t i = 0; i < g->places; i++) {
		struct place *p = &g->place[i];

		if (is_empty(&p->live))
			continue;
		growth_name(g, p);
		fprintf(out, "%s{", separator);
		json_grown(out, &p->live);
		fputs(", \"stack\": [", out);
		for (uint32_t f = 0; p->function && f < p->site->depth; f++) {
			fputs(f == 0 ? "" : ", ", out);
			output_quoted(out, p->function[f] ? p->function[f] : "?");
		}
		fputs("]}", out);
		separator = ", ";
	}
}

static void print_json(FILE *out, struct growth *g, double seconds)
{
	fprintf(out, "{\"pid\": %d, \"command\": ", (int)g->process.pid);
	output_quoted(out, g->process.name);
	fprintf(out, ", \"resident\": %llu, \"seconds\": %.3f, ",
		(unsigned long long)g->process.resident, seconds);
	json_grown(out, &g->class[CLASS_ALL]);
	fprintf(out, ", \"profile_mean\": %llu, \"classes\": [",
		(unsigned long long)g->process.report.profile_mean);
	json_classes(out, g);
	fputs("], \"sites\": [", out);
	json_sites(out, g);
	fputs("]}\n", out);
}

/* ---- again and again ---- */

static void print(FILE *out, const struct arguments *a, struct growth *g, double seconds)
{
	if (g->places != 0)
		qsort(g->place, g->places, sizeof(*g->place), compare_places);
	(a->format == FORMAT_JSON ? print_json : print_text)(out, g, seconds);
}

static void wait_for(double seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds};

	t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
	if (!interrupted)
		nanosleep(&t, NULL);
}

/* On the whole screen until it is time for the next look.  False: that is the end. */
static bool show_screen(const struct arguments *a, struct growth *g, double seconds)
{
	double until = now() + a->watch;
	char *text;
	size_t size;
	int key;

	do {
		FILE *out = open_memstream(&text, &size);

		if (!out)
			return false;
		print(out, a, g, seconds);
		fclose(out);
		key = screen_show(text, 2, "q: end  sort: g grown l last v live", until - now());
		free(text);
		if (key != 0 && strchr("glv", key))
			sorted_by = (char)key;
	} while (key != 0 && key != 'q' && key != 'Q');
	return key == 0 && !interrupted;
}

static bool show_lines(const struct arguments *a, struct growth *g, double seconds)
{
	print(stdout, a, g, seconds);
	if (fflush(stdout) != 0) {
		perror("hakmem-stat: stdout");
		failed = true;
		return false;
	}
	if (a->count != 0 && g->looks == a->count)
		return false;
	if (a->format == FORMAT_TEXT)
		putchar('\n');
	wait_for(a->watch);
	return !interrupted;
}

/* Sentences about symbols would disturb the screen.  Where stderr was, for quiet_end(). */
static int quiet_begin(void)
{
	int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
	return kept;
}

static void quiet_end(int kept)
{
	dup2(kept, STDERR_FILENO);
	close(kept);
}

/* The outcome of the last look. */
static enum outcome look_again(const struct arguments *a, struct growth *g)
{
	bool screen = a->format == FORMAT_TEXT && a->count == 0 && screen_open();
	int kept = screen ? quiet_begin() : -1;
	double start = now();
	bool more = true;
	enum outcome outcome = PROCESS_READ;

	while (more && (outcome = growth_look(g, a->pid)) == PROCESS_READ)
		more = (screen ? show_screen : show_lines)(a, g, now() - start);
	if (screen) {
		screen_close();
		quiet_end(kept);
	}
	return outcome;
}

int top_show(const struct arguments *a)
{
	static struct growth g;
	struct sigaction action = {.sa_handler = interrupt};
	int status = a->profile ? profile_begin(a->pid, a->timeout, &g.fresh) : 0;
	enum outcome outcome;

	if (status != 0)
		return status;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	outcome = look_again(a, &g);
	if (g.fresh && outcome == PROCESS_READ)
		profile_end(a->pid, a->timeout);
	if (outcome == PROCESS_BROKEN || (outcome != PROCESS_READ && g.looks == 0))
		status = request_refuse(a->pid, process_sentence(outcome));
	else if (outcome != PROCESS_READ)
		fprintf(stderr, "hakmem-stat: process %d has ended\n", (int)a->pid);
	growth_free(&g);
	return failed ? EXIT_FAILURE : status;
}
