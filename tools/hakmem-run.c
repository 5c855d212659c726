/* SPDX-License-Identifier: MIT */
/*
 * hakmem-run: runs one program on libhakmem, or says why that cannot be.
 *
 * It becomes the program, so it is in nobody's way while that runs; what can go
 * wrong is found out before.  With --leaks it stays (hakmem-run-leaks.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hakmem-run-check.h"
#include "hakmem-run-leaks.h"
#include "hakmem-run-program.h"
#include "hakmem.h"

#define SONAME "libhakmem.so.0"

struct arguments {
	const char *library; /* NULL: the one that is installed with us */
	bool verbose;
	bool without;		   /* on libc's malloc */
	bool check;		   /* the files with settings, and run nothing */
	const char *file, *name; /* what to check, for which program; NULL: see check_conf() */
	struct leaks leaks;
	char **program; /* its name and arguments */
};

static const char usage[] =
	"usage: hakmem-run [-v] [-l LIBRARY] [NAME=VALUE ...] [--] PROGRAM [ARGUMENT ...]\n"
	"       hakmem-run --leaks [OPTION ...] [NAME=VALUE ...] [--] PROGRAM [ARGUMENT ...]\n"
	"       hakmem-run --without [-v] [NAME=VALUE ...] [--] PROGRAM [ARGUMENT ...]\n"
	"       hakmem-run --check-conf [FILE] [--for PROGRAM]\n"
	"  -v, --verbose       say on which library the program runs\n"
	"  -l, --library FILE  use this library, not the installed one\n"
	"      --leaks         say at its end what the program has lost\n"
	"      --suppress FILE ... without the leaks that the lines of FILE name\n"
	"      --leak-status N ... and end with N, not 23, if there are leaks\n"
	"      --profiles DIR  ... and keep the profiles for hakmem-heap in this folder\n"
	"  -o, --output FILE   ... to FILE, not stderr\n"
	"      --without       run the program on the malloc of libc\n"
	"      --check-conf    say what each line of FILE or of hakmem.conf does\n"
	"      --for PROGRAM   ... to this program\n"
	"      --help-env      list the variables that libhakmem knows\n"
	"  -h, --help          print this\n"
	"  -V, --version       print the version\n";

/* ---- the variables ---- */

/* The default as it would be written: the word at its place for a CHOICE. */
static void print_default(const char *choices, long long standard)
{
	if (*choices == '\0') {
		printf("%lld", standard);
		return;
	}
	for (; standard > 0; standard--)
		choices = strchr(choices, '|') + 1;
	printf("%.*s", (int)strcspn(choices, "|"), choices);
}

static void print_number(const char *unit, long long minimum, long long maximum,
			 long long standard, const char *word)
{
	printf("%lld..%lld%s%s (%lld%s%s)", minimum, maximum, *word ? " or " : "", word,
	       standard, *unit ? " " : "", unit);
}

static void print_choice(const char *choices, long long standard)
{
	printf("%s (", choices);
	print_default(choices, standard);
	putchar(')');
}

#define FORM_BOOL(unit, minimum, maximum, standard, choices) \
	print_choice("0|1", standard)
#define FORM_INT(unit, minimum, maximum, standard, choices) \
	print_number(unit, minimum, maximum, standard, choices)
#define FORM_CHOICE(unit, minimum, maximum, standard, choices) \
	print_choice(choices, standard)
#define FORM_TEXT(unit, minimum, maximum, standard, choices) \
	fputs("text", stdout)

static void print_variables(void)
{
#define OPTION(name, type, unit, minimum, maximum, standard, choices, configure, \
	       tier, summary)                                                    \
	fputs("HAKMEM_" #name "=", stdout);                                       \
	FORM_##type(unit, minimum, maximum, standard, choices);                   \
	puts("\n    " summary);
#include "options/options.def"
#undef OPTION
}

/* ---- arguments ---- */

enum { SHOW_VARIABLES = 256, WITHOUT, CHECK_CONF, FOR_PROGRAM, LEAKS, SUPPRESS,
       LEAK_STATUS, PROFILES };

static void print_and_exit(int what)
{
	if (what == SHOW_VARIABLES)
		print_variables();
	else if (what == 'h')
		fputs(usage, stdout);
	else
		puts("hakmem-run " HAKMEM_VERSION_STRING);
	exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_OURS);
}

static void usage_error(const char *sentence)
{
	complain("%s", sentence);
	fputs(usage, stderr);
	exit(EXIT_OURS);
}

static int parse_status(const char *text)
{
	char *end;
	long status = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || status > 255)
		usage_error("--leak-status takes a number from 0 to 255");
	return (int)status;
}

/* Is it one of those of --leaks? */
static bool take_leak_option(struct leaks *l, int option)
{
	if (option == LEAKS)
		l->wanted = true;
	else if (option == SUPPRESS && l->suppressions == SUPPRESSIONS_MAX)
		usage_error("--suppress was given too often");
	else if (option == SUPPRESS)
		l->suppress[l->suppressions++] = optarg;
	else if (option == LEAK_STATUS)
		l->status = parse_status(optarg);
	else if (option == PROFILES)
		l->folder = optarg;
	else if (option == 'o')
		l->output = optarg;
	else
		return false;
	l->given = true;
	return true;
}

static void parse_options(struct arguments *a, int argc, char **argv)
{
	static const struct option options[] = {
		{"verbose", no_argument, NULL, 'v'},
		{"library", required_argument, NULL, 'l'},
		{"without", no_argument, NULL, WITHOUT},
		{"check-conf", no_argument, NULL, CHECK_CONF},
		{"for", required_argument, NULL, FOR_PROGRAM},
		{"leaks", no_argument, NULL, LEAKS},
		{"suppress", required_argument, NULL, SUPPRESS},
		{"leak-status", required_argument, NULL, LEAK_STATUS},
		{"profiles", required_argument, NULL, PROFILES},
		{"output", required_argument, NULL, 'o'},
		{"help-env", no_argument, NULL, SHOW_VARIABLES},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+hvVl:o:", options, NULL)) != -1) {
		if (option == 'v')
			a->verbose = true;
		else if (option == 'l')
			a->library = optarg;
		else if (option == WITHOUT)
			a->without = true;
		else if (option == CHECK_CONF)
			a->check = true;
		else if (option == FOR_PROGRAM)
			a->name = optarg;
		else if (take_leak_option(&a->leaks, option))
			continue;
		else if (option == '?')
			usage_error("an option was not understood");
		else
			print_and_exit(option);
	}
}

/* Options may stand on both sides of the file. */
static void parse_check(struct arguments *a, int argc, char **argv)
{
	if (optind < argc)
		a->file = argv[optind++];
	parse_options(a, argc, argv);
	if (optind < argc)
		usage_error("--check-conf takes one file");
}

/* NAME=VALUE goes into the environment, up to "--" or the program. */
static void parse_arguments(struct arguments *a, int argc, char **argv)
{
	parse_options(a, argc, argv);
	if (a->name && !a->check)
		usage_error("--for belongs to --check-conf");
	if (a->leaks.given && !a->leaks.wanted)
		usage_error("--suppress, --leak-status, --profiles and --output belong to --leaks");
	if (a->leaks.wanted && (a->without || a->check))
		usage_error("--leaks does not go together with --without and --check-conf");
	if (a->without && a->library)
		usage_error("--library and --without do not go together");
	if (a->check) {
		parse_check(a, argc, argv);
		return;
	}
	if (optind > 0 && strcmp(argv[optind - 1], "--") != 0) {
		for (; optind < argc && strchr(argv[optind], '='); optind++)
			if (argv[optind][0] == '=' || putenv(argv[optind]) != 0)
				usage_error("a setting has no name before its equals sign");
		if (optind < argc && strcmp(argv[optind], "--") == 0)
			optind++;
	}
	if (optind == argc)
		usage_error("no program was given");
	a->program = argv + optind;
}

/* ---- the library ---- */

/* As LD_PRELOAD wants it: with a slash, without what separates its words. */
static bool choose_library(const struct arguments *a, char *library, size_t size)
{
	const char *file = a->library ? a->library : HAK_LIBDIR "/" SONAME;
	char real[PATH_MAX];

	if (!realpath(file, real)) {
		complain("the library %s: %s; give another one with --library", file,
			 strerror(errno));
		return false;
	}
	if (!a->library)
		strcpy(real, HAK_PRELOAD_ENTRY);
	if (strpbrk(real, " :") || strlen(real) >= size) {
		complain("the library %s: the loader takes no path with a blank or a colon, or longer than %zu bytes",
			 real, size - 1);
		return false;
	}
	strcpy(library, real);
	return true;
}

/* Ours first, so that its malloc is found first. */
static bool set_preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *all;

	if (!others || *others == '\0')
		return setenv("LD_PRELOAD", library, 1) == 0;
	if (asprintf(&all, "%s:%s", library, others) < 0)
		return false;
	return setenv("LD_PRELOAD", all, 1) == 0;
}

/* What LD_PRELOAD names beside libhakmem, in its place. */
static void drop_preload(char *words)
{
	char *kept = words, *next;

	for (char *word = strtok_r(words, " :", &next); word;
	     word = strtok_r(NULL, " :", &next)) {
		size_t length = strlen(word);

		if (strstr(word, "libhakmem.so"))
			continue;
		if (kept != words)
			*kept++ = ':';
		memmove(kept, word, length);
		kept += length;
	}
	*kept = '\0';
}

/* Where the preload file names the library, that one hands the program to libc. */
static bool leave_out(const struct program *program)
{
	char *words = getenv("LD_PRELOAD");

	if (program_gains_rights(program->binary)) {
		complain("%s is set-user-ID, set-group-ID or has capabilities and ignores the environment; add two lines to %s: [%s] and HAKMEM_DISABLE=1",
			 program->binary, HAK_CONF_FILE, basename(program->binary));
		return false;
	}
	if (words)
		drop_preload(words);
	return setenv("HAKMEM_DISABLE", "1", 1) == 0;
}

/* The environment in which the program runs on the library. */
static bool put_in(const struct arguments *a, const struct program *program)
{
	char library[PATH_MAX];

	if (!choose_library(a, library, sizeof(library)) ||
	    !program_can_preload(program) || !program_takes(program, library))
		return false;
	if (!set_preload(library)) {
		complain("no memory for the environment");
		return false;
	}
	if (a->verbose)
		complain("%s runs on %s", program->path, library);
	return true;
}

int main(int argc, char **argv)
{
	struct arguments a = {.leaks = {.status = EXIT_LEAKS}};
	struct program program;
	int status;

	parse_arguments(&a, argc, argv);
	if (a.check)
		return check_conf(a.file, a.name);
	status = program_find(&program, a.program[0]);
	if (status != 0)
		return status;
	if (!(a.without ? leave_out(&program) : put_in(&a, &program)))
		return EXIT_OURS;
	if (a.without && a.verbose)
		complain("%s runs on the malloc of libc", program.path);
	if (a.leaks.wanted)
		return leaks_run(&a.leaks, program.path, a.program);
	execvp(program.path, a.program);
	complain("%s: %s", program.path, strerror(errno));
	return EXIT_CANNOT_RUN;
}
