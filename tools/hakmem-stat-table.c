/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-table.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns ---- */

static uint64_t pid_of(const struct process *p)
{
	return (uint64_t)p->pid;
}

static uint64_t resident_of(const struct process *p)
{
	return p->resident >> 10;
}

static uint64_t live_of(const struct process *p)
{
	return p->report.allocated >> 10;
}

static uint64_t retained_of(const struct process *p)
{
	return p->report.retained >> 10;
}

static uint64_t mapped_of(const struct process *p)
{
	return p->report.mapped >> 10;
}

static uint64_t metadata_of(const struct process *p)
{
	return p->report.metadata >> 10;
}

static uint64_t threads_of(const struct process *p)
{
	return p->report.heaps_live;
}

static uint64_t calls_of(const struct process *p)
{
	return p->report.system_calls;
}

/* Those up to the threads fit into 80 columns.  man/hakmem-stat.1.in describes each. */
const struct column columns[] = {
	{"pid", 'p', "PID", 7, true, pid_of},
	{"name", 'n', "COMMAND", -15, true, NULL},
	{"resident", 'r', "RES KiB", 9, false, resident_of},
	{"live", 'l', "LIVE", 9, false, live_of},
	{"retained", 't', "RETAINED", 9, false, retained_of},
	{"mapped", 'm', "MAPPED", 9, false, mapped_of},
	{"metadata", 'd', "METADATA", 8, false, metadata_of},
	{"threads", 'h', "THREADS", 7, false, threads_of},
	{"calls", 'c', "SYSCALLS", 9, false, calls_of},
	{NULL, '\0', NULL, 0, false, NULL},
};

const struct column *column_of_word(const char *word)
{
	for (const struct column *c = columns; c->word; c++)
		if (strcmp(c->word, word) == 0)
			return c;
	return NULL;
}

const struct column *column_of_key(int key)
{
	for (const struct column *c = columns; c->word; c++)
		if (c->key == key)
			return c;
	return NULL;
}

/* ---- rows ---- */

void print_name(FILE *out, const struct process *p, int width)
{
	int length = 0;

	for (const char *c = p->name; *c != '\0'; c++, length++)
		fputc(*c >= ' ' && *c <= '~' ? *c : '?', out);
	fprintf(out, "%*s", length < width ? width - length : 0, "");
}

void table_heading(FILE *out)
{
	for (const struct column *c = columns; c->word; c++)
		fprintf(out, "%s%*s", c == columns ? "" : " ", c->width, c->heading);
	fputc('\n', out);
}

void table_row(FILE *out, const struct process *p)
{
	for (const struct column *c = columns; c->word; c++) {
		if (c != columns)
			fputc(' ', out);
		if (!c->value)
			print_name(out, p, -c->width);
		else
			fprintf(out, "%*llu", c->width, (unsigned long long)c->value(p));
	}
	fputc('\n', out);
}

/* ---- reading ---- */

/* Room for one more. */
static struct process *next_process(struct table *t)
{
	if (t->count == t->room) {
		t->room = 2 * t->room + 1;
		t->process = realloc(t->process, t->room * sizeof(*t->process));
	}
	if (!t->process) {
		fputs("hakmem-stat: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return &t->process[t->count];
}

static enum outcome add_process(struct table *t, pid_t pid)
{
	enum outcome outcome = process_read(pid, next_process(t));

	t->count += outcome == PROCESS_READ;
	t->unread[outcome]++;
	return outcome;
}

static void clear(struct table *t)
{
	t->count = 0;
	memset(t->unread, 0, sizeof(t->unread));
}

enum outcome table_read_one(struct table *t, pid_t pid)
{
	clear(t);
	return add_process(t, pid);
}

/* Processes come and go meanwhile: one that is gone is no news. */
bool table_read_all(struct table *t)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;

	clear(t);
	if (!folder)
		return false;
	while ((entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]))
			add_process(t, atoi(entry->d_name));
	closedir(folder);
	return true;
}

/* ---- all together ---- */

static const struct column *sorted_by;

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *first, const void *second)
{
	const struct process *a = first, *b = second;
	int order = sorted_by->value ?
			    compare_numbers(sorted_by->value(a), sorted_by->value(b)) :
			    strcmp(a->name, b->name);

	if (!sorted_by->ascending)
		order = -order;
	return order != 0 ? order : compare_numbers(pid_of(a), pid_of(b));
}

void table_sort(struct table *t, const struct column *by)
{
	sorted_by = by;
	if (t->count > 1)
		qsort(t->process, t->count, sizeof(*t->process), compare);
}

/* Only of what a row shows.  Its id is the number of processes. */
struct process table_sum(const struct table *t)
{
	struct process sum = {.pid = (pid_t)t->count, .name = "processes"};

	for (size_t i = 0; i < t->count; i++) {
		const struct process *p = &t->process[i];

		sum.resident += p->resident;
		sum.report.allocated += p->report.allocated;
		sum.report.retained += p->report.retained;
		sum.report.mapped += p->report.mapped;
		sum.report.metadata += p->report.metadata;
		sum.report.heaps_live += p->report.heaps_live;
		sum.report.system_calls += p->report.system_calls;
	}
	return sum;
}
