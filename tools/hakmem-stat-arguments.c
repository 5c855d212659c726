/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-arguments.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "hakmem.h"

enum { EXIT_USAGE = 2 };

/* How long --purge and --profile wait unless told otherwise. */
#define TIMEOUT_SECONDS 5
/* How often --top looks unless told otherwise. */
#define TOP_SECONDS 2

/* Letters and numbers of options; those from SHOW_ALL have no letter. */
enum { SHOW_ALL = 256, SHOW_BRIEF, SHOW_JSON, SHOW_METRICS, SORT, PURGE, TIMEOUT, PROFILE,
       SECONDS, TOP, COUNT };

/* Both the parser and --help come from this table. */
static const struct row {
	int option;
	const char *name, *argument, *help;
} rows[] = {
	{SHOW_ALL, "all", NULL, "show each process that uses libhakmem, on one line"},
	{SORT, "sort", "KEY", "order of --all, by one of:"},
	{SHOW_BRIEF, "brief", NULL, "one line each time; with --all, of the sums"},
	{SHOW_JSON, "json", NULL, "one JSON object on a line for each process"},
	{SHOW_METRICS, "openmetrics", NULL, "metrics for Prometheus"},
	{'w', "watch", "SECONDS", "show it again every so many seconds, such as 0.5;\n"
		"                         of --top, 2 unless given"},
	{TOP, "top", NULL, "show what grows, by class of blocks and by site of a profile"},
	{COUNT, "count", "N", "how often --top shows it, as text and not on the screen"},
	{PURGE, "purge", NULL, "ask the process to give its free memory back"},
	{PROFILE, "profile", NULL, "write a profile of what the process allocates, for pprof;\n"
				  "                         with --top: begin one as long as it shows"},
	{SECONDS, "seconds", "SECONDS", "how long --profile samples; 10 unless given"},
	{'o', "output", "FILE", "where --profile writes; hakmem.PID.pb.gz unless given"},
	{TIMEOUT, "timeout", "SECONDS", "how long these wait for the process; 5 unless given"},
	{'h', "help", NULL, "print this"},
	{'V', "version", NULL, "print the version"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void print_usage(FILE *out)
{
	fputs("usage: hakmem-stat [OPTION]... PID | --all\n", out);
	for (size_t i = 0; i < ROWS; i++) {
		int at = rows[i].option < SHOW_ALL ?
				 fprintf(out, "  -%c, --%s", rows[i].option, rows[i].name) :
				 fprintf(out, "      --%s", rows[i].name);

		if (rows[i].argument)
			at += fprintf(out, " %s", rows[i].argument);
		fprintf(out, "%*s%s\n", 25 - at, "", rows[i].help);
		if (rows[i].option != SORT)
			continue;
		fprintf(out, "%25s", "");
		for (const struct column *c = columns; c->word; c++)
			fprintf(out, "%s%s", c == columns ? "" : " ", c->word);
		fputc('\n', out);
	}
}

static void usage_error(const char *what, const char *value)
{
	fprintf(stderr, "hakmem-stat: %s%s\n", what, value);
	print_usage(stderr);
	exit(EXIT_USAGE);
}

static pid_t parse_pid(const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 || number < 1 ||
	    number > INT_MAX)
		usage_error("no process has the id ", text);
	return (pid_t)number;
}

#define TAKES " takes seconds from 0.1 to 86400, not "

/* Digits with a point at most: strtod() alone takes "inf", "0x1" and "1e9", too. */
static double parse_seconds(const char *option, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (text[strspn(text, "0123456789.")] != '\0' || end == text || *end != '\0' ||
	    seconds < 0.1 || seconds > 86400)
		usage_error(option, text);
	return seconds;
}

static unsigned parse_count(const char *text)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || *end != '\0' || number < 1 || number > 1000000000)
		usage_error("--count takes a number from 1 to 1000000000, not ", text);
	return (unsigned)number;
}

static const struct column *parse_column(const char *word)
{
	const struct column *c = column_of_word(word);

	if (!c)
		usage_error("--sort knows no ", word);
	return c;
}

static void set_format(struct arguments *a, enum format format)
{
	if (a->format != FORMAT_TEXT && a->format != format)
		usage_error("give one of --brief, --json and --openmetrics", "");
	a->format = format;
}

static void take_option(struct arguments *a, int option)
{
	switch (option) {
	case SHOW_ALL: a->all = true; break;
	case SHOW_BRIEF: set_format(a, FORMAT_BRIEF); break;
	case SHOW_JSON: set_format(a, FORMAT_JSON); break;
	case SHOW_METRICS: set_format(a, FORMAT_METRICS); break;
	case SORT: a->sort = parse_column(optarg); break;
	case 'w': a->watch = parse_seconds("--watch" TAKES, optarg); break;
	case TOP: a->top = true; break;
	case COUNT: a->count = parse_count(optarg); break;
	case PURGE: a->purge = true; break;
	case PROFILE: a->profile = true; break;
	case SECONDS: a->seconds = parse_seconds("--seconds" TAKES, optarg); break;
	case 'o': a->output = optarg; break;
	case TIMEOUT: a->timeout = parse_seconds("--timeout" TAKES, optarg); break;
	case 'h':
		print_usage(stdout);
		exit(EXIT_SUCCESS);
	case 'V':
		puts("hakmem-stat " HAKMEM_VERSION_STRING);
		exit(EXIT_SUCCESS);
	default:
		usage_error("an option was not understood", "");
	}
}

static void check_top(const struct arguments *a)
{
	if (a->all || a->purge || a->format == FORMAT_BRIEF || a->format == FORMAT_METRICS)
		usage_error("--top is for one process, as text or with --json", "");
	if (a->seconds > 0 || a->output)
		usage_error("--top writes no profile, and takes no --seconds and no --output", "");
	if (a->timeout > 0 && !a->profile)
		usage_error("--timeout is for --profile", " here");
}

/* What cannot stand together. */
static void check(const struct arguments *a)
{
	if (a->sort && (!a->all || a->format == FORMAT_BRIEF))
		usage_error("--sort orders the lines of --all, and here is one", "");
	if (a->watch > 0 && a->format == FORMAT_METRICS)
		usage_error("--openmetrics cannot go with --watch: Prometheus asks for the numbers when it wants them", "");
	if (a->top) {
		check_top(a);
		return;
	}
	if (a->count != 0)
		usage_error("--count is for --top", "");
	if ((a->purge || a->profile) && (a->all || a->watch > 0 || a->format != FORMAT_TEXT))
		usage_error(a->purge ? "--purge" : "--profile",
			    " is for one process, and shows no numbers");
	if (a->purge && a->profile)
		usage_error("--purge and --profile cannot go together", "");
	if (a->timeout > 0 && !a->purge && !a->profile)
		usage_error("--timeout is for --purge", " and --profile");
	if ((a->seconds > 0 || a->output) && !a->profile)
		usage_error("--seconds and --output are for --profile", "");
}

static void parse_options(struct arguments *a, int argc, char **argv)
{
	struct option options[ROWS + 1] = {{NULL, 0, NULL, 0}};
	int option;

	for (size_t i = 0; i < ROWS; i++)
		options[i] = (struct option){rows[i].name,
					     rows[i].argument ? required_argument :
								no_argument,
					     NULL, rows[i].option};
	while ((option = getopt_long(argc, argv, "w:o:hV", options, NULL)) != -1)
		take_option(a, option);
}

void arguments_read(struct arguments *a, int argc, char **argv)
{
	*a = (struct arguments){.all = false};
	parse_options(a, argc, argv);
	if (a->all == (optind < argc) || argc - optind > 1)
		usage_error("give the id of one process, or --all", "");
	check(a);
	if (a->top && a->watch == 0)
		a->watch = TOP_SECONDS;
	if (a->timeout == 0)
		a->timeout = TIMEOUT_SECONDS;
	if (!a->sort)
		a->sort = column_of_word("resident");
	if (!a->all)
		a->pid = parse_pid(argv[optind]);
}
