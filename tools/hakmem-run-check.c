/* SPDX-License-Identifier: MIT */
/*
 * The library's own parser reads the files and says what is wrong with their lines.  What
 * is added here: sections that no program can match, and which line wins.
 */
#define _GNU_SOURCE
#include "hakmem-run-check.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "hakmem-run-program.h"
#include "options/conf.h"
#include "options/options.h"

/* A line that sets something, or "[glob]". */
struct line {
	struct origin origin;
	char *text;
	const char *section; /* "" before the first one */
	enum option option;  /* OPTION_COUNT: "[glob]" */
};

static struct line *lines;
static size_t line_count;
static const char *asked_for;	 /* the program's name, or NULL */
static const char *section = ""; /* of the file that is being read */

/* ---- sections that match nothing ---- */

/* The file that runs as the program `path` (an interpreter, behind all links); or false. */
static bool find_real(char *real, const char *path)
{
	struct program program;
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, R_OK | X_OK) == 0 &&
	       program_find(&program, path) == 0 && realpath(program.binary, real);
}

/* Says so if the section names a program, and each one of the name runs as another. */
static void check_name(const char *glob, const struct origin *origin)
{
	static const char *const folders[] = {"/usr/local/sbin/", "/usr/local/bin/",
					      "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"};
	bool is_path = strchr(glob, '/') != NULL;
	char path[PATH_MAX], real[PATH_MAX], text[3 * PATH_MAX] = "";

	for (size_t i = 0; i < (is_path ? 1 : sizeof(folders) / sizeof(folders[0])); i++) {
		snprintf(path, sizeof(path), "%s%s", is_path ? "" : folders[i], glob);
		if (!find_real(real, path))
			continue;
		if (conf_glob(glob, is_path ? real : file_name(real)))
			return;
		snprintf(text, sizeof(text), "[%s] matches no program: %s runs as %s", glob,
			 path, real);
	}
	if (*text != '\0')
		conf_complain(origin, "%s", text);
}

static void check_glob(const char *glob, const struct origin *origin)
{
	if (*glob == '\0')
		conf_complain(origin, "[] matches no program");
	else if (strchr(glob, '/') && !strchr("/*?", *glob))
		conf_complain(origin, "the section matches no program: a path begins with a slash");
	else if (!strpbrk(glob, "*?"))
		check_name(glob, origin);
}

/* ---- reading ---- */

static char *copy(const char *text)
{
	char *copied = strdup(text);

	if (copied)
		return copied;
	complain("no memory");
	exit(EXIT_OURS);
}

static void add(const struct line *line)
{
	lines = realloc(lines, (line_count + 1) * sizeof(*lines));
	if (!lines) {
		complain("no memory");
		exit(EXIT_OURS);
	}
	lines[line_count++] = *line;
}

static void take(const char *text, const struct origin *origin)
{
	struct line line = {.origin = *origin, .option = OPTION_COUNT};

	if (*text == '[') {
		char *glob = copy(text + 1);

		section = copy(text);
		if (glob[strlen(glob) - 1] == ']') {
			glob[strlen(glob) - 1] = '\0';
			check_glob(glob, origin);
		}
		free(glob);
		return;
	}
	line.option = options_judge_line(text, origin).option;
	if (line.option == OPTION_COUNT)
		return;
	line.text = copy(text);
	line.section = section;
	add(&line);
}

/* ---- telling ---- */

/* Do both lines hold for the program that was asked for, or for the same ones? */
static bool go_together(const struct line *a, const struct line *b)
{
	if (asked_for)
		return a->origin.ours && b->origin.ours;
	return strcmp(a->section, b->section) == 0;
}

/* The last line that sets the same; NULL: `line` itself is it. */
static const struct line *find_winner(const struct line *line)
{
	for (const struct line *later = lines + line_count; --later > line;)
		if (later->option == line->option && go_together(later, line))
			return later;
	return NULL;
}

static void print_effect(const struct line *line)
{
	const struct line *winner = find_winner(line);

	if (asked_for && !line->origin.ours)
		printf("no effect on %s: it is for %s", asked_for, line->section);
	else if (*line->section && !strchr(line->section, ']'))
		printf("no effect: its section is passed over");
	else if (winner)
		printf("no effect: %s, line %u, sets it again", winner->origin.file,
		       winner->origin.line);
	else if (asked_for)
		printf("holds for %s", asked_for);
	else
		printf("holds for %s", *line->section ? line->section : "all programs");
}

static void print_lines(void)
{
	for (const struct line *line = lines; line < lines + line_count; line++) {
		printf("%s, line %u: %s: ", line->origin.file, line->origin.line, line->text);
		print_effect(line);
		putchar('\n');
	}
}

/* ---- the files ---- */

static void warn_of_mode(const char *file)
{
	struct stat st;

	if (stat(file, &st) == 0 && (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH))))
		printf("%s: set-user-ID programs do not read it: somebody but root may write to it\n",
		       file);
}

/* One of the system's files, which need not be there. */
static bool read_system_file(const char *file, const char *path)
{
	if (access(file, F_OK) != 0) {
		printf("%s: there is no such file\n", file);
		return true;
	}
	warn_of_mode(file);
	section = "";
	return conf_read(file, path, true, false, take);
}

int check_conf(const char *file, const char *name)
{
	char path[PATH_MAX] = "/";
	struct program program;
	bool readable;
	int status = name ? program_find(&program, name) : 0;

	if (status != 0)
		return status;
	if (name && !realpath(program.binary, path)) {
		complain("%s cannot be found", program.binary);
		return EXIT_NOT_FOUND;
	}
	asked_for = name ? path : NULL;
	conf_complaints_sent = UINT_MAX;
	if (name && conf_is_ignored_by(program.path)) {
		printf("%s reads no settings file: its name begins with hakmem-\n", path);
		return 0;
	}
	readable = file ? conf_read(file, path, true, false, take) :
			  read_system_file(HAK_PROGRAMS_FILE, path);
	if (!file && !read_system_file(HAK_CONF_FILE, path))
		readable = false;
	print_lines();
	return readable && conf_complaints == 0 && fflush(stdout) == 0 ? 0 : 1;
}
