/* SPDX-License-Identifier: MIT */
/*
 * hakmem-stat: shows the heap of a running process, or of all that use libhakmem,
 * once or again and again.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hakmem-stat-process.h"
#include "hakmem.h"

enum { EXIT_USAGE = 2 };

struct arguments {
	bool all, json;
	unsigned watch; /* seconds; 0: once */
	pid_t pid;
};

static const char usage[] =
	"usage: hakmem-stat [--watch SECONDS] [--json] PID | --all\n"
	"      --all            one line for each process that uses libhakmem\n"
	"      --json           one JSON object on a line for each process\n"
	"  -w, --watch SECONDS  show it again every so many seconds\n"
	"      --help           print this\n"
	"      --version        print the version\n";

/* ---- one process ---- */

static void write_text(void *arg, const char *text)
{
	(void)arg;
	fputs(text, stdout);
}

/* Without the newline at the end: the object goes into another one. */
static void write_member(void *arg, const char *text)
{
	(void)arg;
	printf("%.*s", (int)strcspn(text, "\n"), text);
}

static void show_json(pid_t pid, const char *command, const struct report *r)
{
	printf("{\"pid\": %d, \"command\": \"%s\", \"statistics\": ", (int)pid, command);
	report_print(r, write_member, NULL, HAK_STATS_JSON);
	puts("}");
}

static void show_text(pid_t pid, const char *command, const struct report *r)
{
	printf("process %d, %s\n", (int)pid, command);
	report_print(r, write_text, NULL, HAK_STATS_TEXT);
}

/* Bytes in KiB, for a column. */
static unsigned long long kib(uint64_t bytes)
{
	return bytes >> 10;
}

static void show_heading(void)
{
	printf("%8s %-16s %11s %11s %11s %11s %7s %9s\n", "PID", "COMMAND", "MAPPED KiB",
	       "ALLOCATED", "RETAINED", "METADATA", "THREADS", "SYSCALLS");
}

static void show_row(pid_t pid, const char *command, const struct report *r)
{
	printf("%8d %-16s %11llu %11llu %11llu %11llu %7llu %9llu\n", (int)pid, command,
	       kib(r->mapped), kib(r->allocated), kib(r->retained), kib(r->metadata),
	       (unsigned long long)r->heaps_live,
	       (unsigned long long)r->system_calls);
}

static enum outcome show(pid_t pid,
			 void (*how)(pid_t, const char *, const struct report *))
{
	struct report r;
	char command[COMMAND_SIZE];
	enum outcome outcome = process_report(pid, &r);

	if (outcome == PROCESS_READ) {
		process_command(pid, command);
		how(pid, command, &r);
	}
	return outcome;
}

static int show_one(const struct arguments *a)
{
	enum outcome outcome = show(a->pid, a->json ? show_json : show_text);

	if (outcome == PROCESS_READ)
		return EXIT_SUCCESS;
	fprintf(stderr, "hakmem-stat: process %d %s\n", (int)a->pid,
		process_sentence(outcome));
	return EXIT_FAILURE;
}

/* ---- all processes ---- */

static void tell_unread(const unsigned *count, enum outcome outcome)
{
	if (count[outcome] != 0)
		fprintf(stderr, "hakmem-stat: not shown (%u): the process %s\n",
			count[outcome], process_sentence(outcome));
}

/* Processes come and go meanwhile: one that is gone is no news. */
static int show_all(const struct arguments *a)
{
	unsigned count[PROCESS_BROKEN + 1] = {0};
	DIR *folder = opendir("/proc");
	struct dirent *entry;

	if (!folder) {
		fprintf(stderr, "hakmem-stat: /proc: %s; it has to be mounted\n",
			strerror(errno));
		return EXIT_FAILURE;
	}
	if (!a->json)
		show_heading();
	while ((entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]))
			count[show(atoi(entry->d_name), a->json ? show_json : show_row)]++;
	closedir(folder);
	tell_unread(count, PROCESS_DENIED);
	tell_unread(count, PROCESS_OTHER);
	return EXIT_SUCCESS;
}

/* ---- arguments ---- */

static void usage_error(const char *what, const char *value)
{
	fprintf(stderr, "hakmem-stat: %s%s\n%s", what, value, usage);
	exit(EXIT_USAGE);
}

static int parse_number(const char *text, int maximum, const char *what)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || number < 1 ||
	    number > maximum)
		usage_error(what, text);
	return (int)number;
}

enum { SHOW_ALL = 256, SHOW_JSON, SHOW_HELP, SHOW_VERSION };

static void take_option(struct arguments *a, int option)
{
	switch (option) {
	case 'w':
		a->watch = (unsigned)parse_number(optarg, 86400,
				"--watch takes whole seconds from 1 to 86400, not ");
		break;
	case SHOW_ALL:
		a->all = true;
		break;
	case SHOW_JSON:
		a->json = true;
		break;
	case SHOW_HELP:
		fputs(usage, stdout);
		exit(EXIT_SUCCESS);
	case SHOW_VERSION:
		puts("hakmem-stat " HAKMEM_VERSION_STRING);
		exit(EXIT_SUCCESS);
	default:
		usage_error("an option was not understood", "");
	}
}

static void parse_arguments(struct arguments *a, int argc, char **argv)
{
	static const struct option options[] = {
		{"all", no_argument, NULL, SHOW_ALL},
		{"json", no_argument, NULL, SHOW_JSON},
		{"watch", required_argument, NULL, 'w'},
		{"help", no_argument, NULL, SHOW_HELP},
		{"version", no_argument, NULL, SHOW_VERSION},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "w:", options, NULL)) != -1)
		take_option(a, option);
	if (a->all == (optind < argc) || argc - optind > 1)
		usage_error("give the id of one process, or --all", "");
	if (!a->all)
		a->pid = parse_number(argv[optind], INT_MAX, "no process has the id ");
}

int main(int argc, char **argv)
{
	struct arguments a = {false, false, 0, 0};
	bool clear;
	int status;

	parse_arguments(&a, argc, argv);
	clear = a.watch != 0 && !a.json && isatty(STDOUT_FILENO);
	for (;;) {
		if (clear)
			fputs("\033[H\033[J", stdout);
		status = a.all ? show_all(&a) : show_one(&a);
		if (fflush(stdout) != 0)
			return EXIT_FAILURE;
		if (a.watch == 0 || status != EXIT_SUCCESS)
			return status;
		sleep(a.watch);
	}
}
