/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include "hakmem.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 2 };

/* Options without a letter. */
enum { VALUE = 256, MIN, CUM, CALLERS, DIFF, LINES, ALL_FRAMES, JSON, SUPPRESS };

/* Both the parser and --help come from this table. */
static const struct row {
	struct option option;
	const char *argument;
	const char *commands; /* that take it; NULL: all */
	const char *help;
} rows[] = {
	{{"value", required_argument, NULL, VALUE}, "KIND", NULL,
	 "inuse_space, inuse_objects, alloc_space or alloc_objects"},
	{{"number", required_argument, NULL, 'n'}, "N", "top diff leaks",
	 "show so many (20); 0: all"},
	{{"cum", no_argument, NULL, CUM}, NULL, "top",
	 "sort by what functions hold with those they call"},
	{{"min", required_argument, NULL, MIN}, "PERCENT", "tree flame",
	 "leave out what is less (tree: 1; flame: 0.01)"},
	{{"callers", no_argument, NULL, CALLERS}, NULL, "tree flame",
	 "begin at the functions that allocate"},
	{{"diff", required_argument, NULL, DIFF}, "BASE", "flame",
	 "colour by growth since this profile"},
	{{"lines", no_argument, NULL, LINES}, NULL, NULL,
	 "lines of the source, and inlined functions"},
	{{"all-frames", no_argument, NULL, ALL_FRAMES}, NULL, NULL,
	 "also the functions of the allocator"},
	{{"json", no_argument, NULL, JSON}, NULL, "top tree diff",
	 "as JSON"},
	{{"suppress", required_argument, NULL, SUPPRESS}, "FILE", "leaks",
	 "leave out the leaks that its lines name"},
	{{"output", required_argument, NULL, 'o'}, "FILE", NULL,
	 "write to FILE, whole or not at all"},
	{{"help", no_argument, NULL, 'h'}, NULL, NULL,
	 "print this"},
	{{"version", no_argument, NULL, 'V'}, NULL, NULL,
	 "print the version"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define HELP_COLUMN 24

/* ---- sentences ---- */

static void print_option(FILE *out, const struct row *r)
{
	const struct option *o = &r->option;
	int at = o->val < VALUE ? fprintf(out, "  -%c, --%s", o->val, o->name) :
				  fprintf(out, "      --%s", o->name);

	if (r->argument)
		at += fprintf(out, " %s", r->argument);
	fprintf(out, "%*s", HELP_COLUMN - at, "");
	if (r->commands)
		fprintf(out, "%s: ", r->commands);
	fprintf(out, "%s\n", r->help);
}

static void print_usage(FILE *out, const struct command *commands)
{
	fputs("usage: hakmem-heap COMMAND [OPTION]... FILE...\n"
	      "FILE is a heap profile in pprof's format; - is stdin.\n", out);
	for (const struct command *c = commands; c->name; c++) {
		int at = fprintf(out, "  %s %s", c->name, c->files);

		fprintf(out, "%*s%s\n", HELP_COLUMN - at, "", c->help);
	}
	for (size_t i = 0; i < ROWS; i++)
		print_option(out, &rows[i]);
}

static const struct command *known_commands;

static void usage_error(const char *what, const char *value)
{
	fprintf(stderr, "hakmem-heap: %s%s\n", what, value);
	print_usage(stderr, known_commands);
	exit(EXIT_USAGE);
}

/* ---- values ---- */

static const char *parse_kind(const char *word)
{
	static const char *const kinds[] = {
		"inuse_space", "inuse_objects", "alloc_space", "alloc_objects"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(word, kinds[i]) == 0)
			return kinds[i];
	usage_error("--value knows no ", word);
	return NULL;
}

static size_t parse_number(const char *text)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (text[strspn(text, "0123456789")] != '\0' || end == text || errno != 0)
		usage_error("--number takes a whole number, not ", text);
	return number == 0 ? SIZE_MAX : number;
}

/* Digits with a point at most: strtod() alone takes "inf", "0x1" and "1e9", too. */
static double parse_share(const char *text)
{
	char *end;
	double percent = strtod(text, &end);

	if (text[strspn(text, "0123456789.")] != '\0' || end == text || *end != '\0' ||
	    percent > 100)
		usage_error("--min takes a percentage from 0 to 100, not ", text);
	return percent / 100;
}

static void add_suppression(struct arguments *a)
{
	size_t count = 0;

	while (a->suppress[count])
		count++;
	if (count == SUPPRESSIONS_MAX)
		usage_error("--suppress was given too often", "");
	a->suppress[count] = optarg;
}

static void take_option(struct arguments *a, int option)
{
	switch (option) {
	case VALUE: a->kind = parse_kind(optarg); break;
	case 'n': a->number = parse_number(optarg); break;
	case CUM: a->cumulative = true; break;
	case MIN: a->share = parse_share(optarg); break;
	case CALLERS: a->callers = true; break;
	case DIFF: a->base = optarg; break;
	case LINES: a->lines = true; break;
	case ALL_FRAMES: a->all_frames = true; break;
	case JSON: a->json = true; break;
	case SUPPRESS: add_suppression(a); break;
	case 'o': a->output = optarg; break;
	case 'h':
		print_usage(stdout, known_commands);
		exit(EXIT_SUCCESS);
	case 'V':
		puts("hakmem-heap " HAKMEM_VERSION_STRING);
		exit(EXIT_SUCCESS);
	default:
		usage_error("an option was not understood", "");
	}
}

/* ---- all of it ---- */

static const struct row *row_of(int option)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].option.val == option)
			return &rows[i];
	return NULL;
}

/* Marks in `given` the places of the options that were there. */
static void parse_options(struct arguments *a, int argc, char **argv, bool *given)
{
	struct option options[ROWS + 1] = {{NULL, 0, NULL, 0}};
	int option;

	for (size_t i = 0; i < ROWS; i++)
		options[i] = rows[i].option;
	while ((option = getopt_long(argc, argv, "n:o:hV", options, NULL)) != -1) {
		const struct row *r = row_of(option);

		take_option(a, option);
		if (r)
			given[r - rows] = true;
	}
}

static const struct command *find_command(const char *name)
{
	for (const struct command *c = known_commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	usage_error("there is no command ", name);
	return NULL;
}

static void check_options(const struct arguments *a, const bool *given)
{
	for (size_t i = 0; i < ROWS; i++)
		if (given[i] && rows[i].commands && !strstr(rows[i].commands, a->command->name))
			usage_error(a->command->name,
				    " does not take an option that was given");
}

static void take_files(struct arguments *a, int argc, char **argv)
{
	if (argc == 0)
		usage_error("no command was given", "");
	a->command = find_command(argv[0]);
	if (a->command->count == 0 ? argc < 2 : argc - 1 != a->command->count)
		usage_error(a->command->name,
			    a->command->count == 0 ? " takes profiles, or folders of them" :
			    a->command->count == 1 ? " takes one profile" :
						     " takes two profiles");
	a->files = argv + 1;
	a->count = argc - 1;
	if (a->command->count == 2)
		a->base = argv[1];
	a->file = argv[argc - 1];
}

void arguments_read(struct arguments *a, int argc, char **argv,
		    const struct command *commands)
{
	bool given[ROWS] = {false};

	known_commands = commands;
	*a = (struct arguments){.kind = "inuse_space", .number = 20, .share = -1};
	parse_options(a, argc, argv, given);
	take_files(a, argc - optind, argv + optind);
	check_options(a, given);
	if (a->base && strcmp(a->base, "-") == 0 && strcmp(a->file, "-") == 0)
		usage_error("stdin is one profile, not two", "");
}
