/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "bench/common.h"
#include "memory.h"

#include <argp.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE_EXIT 2
#define ROUNDS_MOST 1000
#define LIMIT_MOST 86400

enum key {
	KEY_WITH = 256,
	KEY_A,
	KEY_B,
	KEY_JSON,
	KEY_CSV,
	KEY_QUICK,
	KEY_FULL,
	KEY_ROUNDS,
	KEY_LIMIT,
	KEY_PARAM /* the first of as many as there are names of parameters */
};

const char *argp_program_version = "hakmem-bench (libhakmem) " PACKAGE_VERSION;

static const char about[] =
	"Measure any malloc on this machine, and compare.\v"
	"Commands:\n"
	"  WORKLOAD [NUMBER...]         one run; the numbers are listed below\n"
	"  compare [WORKLOAD...]        workloads on several allocators\n"
	"  memory WORKLOAD...           the same, as it is: resident memory, no warm-up\n"
	"  ab WORKLOAD...               the same library under --a and --b\n"
	"  sweep [WORKLOAD...]          libhakmem's arena variables: speed and memory\n"
	"  sweep-threads [WORKLOAD...]  1, 2, 4, ... threads\n"
	"  syscalls WORKLOAD...         memory system calls, through strace\n"
	"  record -o FILE PROGRAM...    a trace of a program's calls, for mixed-trace\n"
	"  plot FILE.json -o PICTURE    a picture (.svg or .png) of a result\n"
	"\n"
	"In a list of workloads, NAME:PARAM=VALUE,... sets numbers: "
	"pool-tls:threads=4.  An option named as the parameter sets it for all "
	"that have it.\n";

static const struct argp_option common_options[] = {
	{"with", KEY_WITH, "LIST", 0,
	 "Allocators, with commas: system, hakmem, jemalloc, mimalloc, tcmalloc, "
	 "tbbmalloc, PATH.so, LABEL=PATH.so", 1},
	{"a", KEY_A, "WORDS", 0, "ab: one side: VAR=x, PATH.so, or several", 1},
	{"b", KEY_B, "WORDS", 0, "ab: the other side", 1},
	{"rounds", KEY_ROUNDS, "N", 0, "Measured rounds (7)", 2},
	{"limit", KEY_LIMIT, "SECONDS", 0,
	 "A run that takes longer is a failure (600)", 2},
	{"quick", KEY_QUICK, NULL, 0, "Few and short rounds: a first look", 2},
	{"full", KEY_FULL, NULL, 0, "More rounds, each longer", 2},
	{"output", 'o', "FILE", 0, "Write the result to FILE, whole or not at all", 3},
	{"json", KEY_JSON, NULL, 0, "The result as JSON, with every run", 3},
	{"csv", KEY_CSV, NULL, 0, "The result as CSV, a line for each run", 3},
	{NULL, 'h', NULL, 0, "The same as --help", -1},
	{NULL, 0, NULL, 0, "Numbers of workloads, by name:", 4},
};

#define COMMON (sizeof common_options / sizeof common_options[0])

/* ---- an option for each name of a parameter -------------------------------------- */

/* One more for the alias, one for the end. */
static struct argp_option table[COMMON + SETTINGS_MAX + 2];

static char *lower(const char *name)
{
	char *copy = copy_text(name);

	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

static void add_param(const struct param *p, unsigned *count)
{
	char *name = lower(p->name);

	for (unsigned i = 0; i < *count; i++)
		if (strcmp(table[COMMON + i].name, name) == 0) {
			free(name);
			return;
		}
	table[COMMON + *count] = (struct argp_option){
		.name = name, .key = KEY_PARAM + (int)*count, .arg = "N",
		.group = 4};
	++*count;
}

static int find_param(const char *name)
{
	size_t i = COMMON;

	while (strcmp(table[i].name, name) != 0)
		i++;
	return table[i].key;
}

static void fill_table(void)
{
	unsigned count = 0;

	memcpy(table, common_options, sizeof common_options);
	for (const struct workload *const *w = workloads; *w; w++)
		for (unsigned i = 0; i < workload_params(*w); i++)
			add_param(&(*w)->params[i], &count);
	table[COMMON + count] = (struct argp_option){
		.name = "working-set", .key = find_param("slots"), .arg = "N",
		.doc = "The same as --slots", .group = 4};
}

/* ---- reading ----------------------------------------------------------------------- */

static void set_once(const char **where, const char *what, char *value)
{
	if (*where)
		refuse("%s is given twice", what);
	*where = value;
}

static void set_format(struct options *o, enum format format)
{
	if (o->format != AS_TEXT && o->format != format)
		refuse("--json and --csv cannot both be had; run twice, or make "
		       "the one from the other");
	o->format = format;
}

static void set_effort(struct options *o, enum effort effort)
{
	if (o->effort != USUAL && o->effort != effort)
		refuse("--quick and --full contradict each other");
	o->effort = effort;
}

static unsigned number_of(const char *name, const char *text, unsigned most)
{
	struct param p = {name, 1, most, 0};
	uint64_t value;
	char why[128];

	if (!param_read(&p, text, &value, why, sizeof why))
		refuse("%s", why);
	return (unsigned)value;
}

static void set_param(struct options *o, int key, const char *value)
{
	if (o->setting_count == SETTINGS_MAX)
		refuse("more than %d numbers given by name", SETTINGS_MAX);
	o->settings[o->setting_count++] = (struct setting){
		.name = table[COMMON + (size_t)(key - KEY_PARAM)].name,
		.value = value};
}

/* What follows a program's name is the program's. */
static bool names_program(const char *command, const char *word)
{
	const struct workload *w = workload_find(command);

	if (!w)
		return strcmp(command, "record") == 0;
	return w->words && strstr(w->words, "PROGRAM") && !strchr(word, '=') &&
	       !workload_takes_number(w, word);
}

static error_t parse_word(struct options *o, char *word,
			  struct argp_state *state)
{
	if (!o->command) {
		o->command = word;
		return 0;
	}
	o->words[o->word_count++] = word;
	if (names_program(o->command, word))
		while (state->next < state->argc)
			o->words[o->word_count++] = state->argv[state->next++];
	return 0;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_WITH: set_once(&o->with, "--with", value); break;
	case KEY_A: set_once(&o->a, "--a", value); break;
	case KEY_B: set_once(&o->b, "--b", value); break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case 'o': set_once(&o->output, "--output", value); break;
	case KEY_ROUNDS:
		o->rounds = number_of("--rounds", value, ROUNDS_MOST);
		break;
	case KEY_LIMIT:
		o->limit = number_of("--limit", value, LIMIT_MOST);
		break;
	case KEY_JSON: set_format(o, AS_JSON); break;
	case KEY_CSV: set_format(o, AS_CSV); break;
	case KEY_QUICK: set_effort(o, QUICK); break;
	case KEY_FULL: set_effort(o, FULL); break;
	case ARGP_KEY_ARG: return parse_word(o, value, state);
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command given");
		break;
	default:
		if (key < KEY_PARAM || key >= KEY_PARAM + SETTINGS_MAX)
			return ARGP_ERR_UNKNOWN;
		set_param(o, key, value);
	}
	return 0;
}

/* ---- --help -------------------------------------------------------------------------- */

/* In the layout that help2man takes for a term and its description. */
static void describe_workload(const struct workload *w, FILE *stream)
{
	fprintf(stream, "  %s", w->name);
	for (unsigned i = 0; i < workload_params(w); i++)
		fprintf(stream, " %s=%llu", w->params[i].name,
			(unsigned long long)w->params[i].usual);
	fprintf(stream, "%s%s\n%20s%s\n", w->words ? " " : "",
		w->words ? w->words : "", "", w->summary);
}

static char *help_filter(int key, const char *text, void *input)
{
	char *workload_text;
	size_t size;
	FILE *stream;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	stream = open_memstream(&workload_text, &size);
	if (!stream)
		return (char *)text;
	fprintf(stream, "%s\nWorkloads, their usual numbers, and what one op is:\n", text);
	for (const struct workload *const *w = workloads; *w; w++)
		describe_workload(*w, stream);
	fclose(stream);
	return workload_text;
}

void options_read(int argc, char **argv, struct options *o)
{
	const struct argp argp = {.options = table, .parser = parse,
				  .args_doc = "COMMAND [ARGUMENT...]",
				  .doc = about, .help_filter = help_filter};

	fill_table();
	argp_err_exit_status = USAGE_EXIT;
	*o = (struct options){.words = get_memory((size_t)argc, sizeof(char *))};
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, o);
}
