/* SPDX-License-Identifier: MIT */
/*
 * Every row of options.def: its default, its range, and what becomes of a
 * value that is none.  Each value is read by a fresh process: this program
 * again, with the variable set, which prints what hak_option_get() says.
 */
#include "unit.h"

#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "options/options.h"

/* Somebody who is not root and owns nothing. */
#define NOBODY 65534

/* What this program says of a name that is no variable. */
#define NO_OPTION (-1)

static char self[4096]; /* the path of this program */

struct answer {
	long long value;
	bool secure;	   /* the process ran with AT_SECURE */
	char errors[1024]; /* what the process wrote to stderr */
};

static void read_all(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;

	while ((got = read(fd, text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	close(fd);
}

/* In the child: NAME=value and nothing else, both outputs into pipes. */
static void become(const char *program, const char *name, const char *value,
		   const int *out, const int *err)
{
	static char variable[120 * KIB];
	char *const environment[] = {variable, NULL};

	snprintf(variable, sizeof(variable), "%s=%s", name, value ? value : "");
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	execle(program, program, name, (char *)NULL,
	       value ? environment : environment + 1);
	_exit(127);
}

/* uid: who shall run it; 0 changes nothing. */
static struct answer ask_as(uid_t uid, const char *program, const char *name,
			    const char *value)
{
	struct answer answer;
	char text[64], *second;
	int out[2], err[2], status;
	pid_t pid;

	require(pipe(out) == 0 && pipe(err) == 0, "no pipes");
	pid = fork();
	if (pid == 0) {
		if (uid != 0 && setuid(uid) != 0)
			_exit(126);
		become(program, name, value, out, err);
	}
	close(out[1]);
	close(err[1]);
	read_all(out[0], text, sizeof(text));
	read_all(err[0], answer.errors, sizeof(answer.errors));
	waitpid(pid, &status, 0);
	require(status == 0, "the process for %s=%s ended with 0x%x: %s", name,
		value ? value : "(unset)", (unsigned)status, answer.errors);
	answer.value = strtoll(text, &second, 10);
	answer.secure = strtol(second, NULL, 10) != 0;
	return answer;
}

static struct answer ask(const char *name, const char *value)
{
	return ask_as(0, self, name, value);
}

static void name_of(const struct option_row *row, char *name, size_t size)
{
	snprintf(name, size, "HAKMEM_%.*s", (int)sizeof(row->name), row->name);
}

/* These write lines when they are switched on: that is what they are for. */
static bool is_silent(const char *name, int64_t value)
{
	return value == 0 || (!strstr(name, "VERBOSE") &&
			      strcmp(name, "HAKMEM_TINY_P0_LOG") != 0);
}

static void require_taken(const char *name, const char *value, int64_t expected)
{
	struct answer a = ask(name, value);

	require(a.value == expected, "%s=%s gives %lld, not %lld", name,
		value ? value : "(unset)", a.value, (long long)expected);
	require(a.errors[0] == '\0' || !is_silent(name, expected), "%s=%s writes: %s",
		name, value ? value : "(unset)", a.errors);
}

static size_t count_lines(const char *text)
{
	size_t lines = 0;

	for (; *text != '\0'; text++)
		lines += *text == '\n';
	return lines;
}

/* One line that names the variable and the value; the default holds. */
static void require_refused(const struct option_row *row, const char *value)
{
	char name[128], entry[512];
	struct answer a;

	name_of(row, name, sizeof(name));
	snprintf(entry, sizeof(entry), "%s=%s", name, value);
	a = ask(name, value);
	require(a.value == row->standard, "%s gives %lld, not the default %lld",
		entry, a.value, (long long)row->standard);
	require(count_lines(a.errors) == 1 && strstr(a.errors, entry) &&
			strstr(a.errors, "]: hakmem: "),
		"%s writes: %s", entry, a.errors);
}

START_TEST(defaults_are_the_table_s)
{
	char name[128];

	for (int i = 0; i < OPTION_COUNT; i++) {
		name_of(&option_rows[i], name, sizeof(name));
		require_taken(name, NULL, option_rows[i].standard);
	}
}
END_TEST

static void check_number(const struct option_row *row)
{
	char name[128], text[32];
	int64_t edge[] = {row->minimum, row->maximum};

	name_of(row, name, sizeof(name));
	for (size_t i = 0; i < COUNT_OF(edge); i++) {
		snprintf(text, sizeof(text), "%lld", (long long)edge[i]);
		require_taken(name, text, edge[i]);
	}
	snprintf(text, sizeof(text), "%lld", (long long)row->maximum + 1);
	require_refused(row, text);
	snprintf(text, sizeof(text), "%lld", (long long)row->minimum - 1);
	require_refused(row, text);
}

static void check_choices(const struct option_row *row)
{
	char name[128], words[256];
	int64_t position = 0;

	name_of(row, name, sizeof(name));
	snprintf(words, sizeof(words), "%s", row->choices);
	for (char *word = strtok(words, "|"); word; word = strtok(NULL, "|"))
		require_taken(name, word, position++);
	require(position == row->maximum + 1, "%s has %lld choices", name,
		(long long)position);
	require_refused(row, row->choices);
	require_refused(row, "00");
}

/* A text of every length that is allowed is kept, and none that is longer. */
static void check_text(const struct option_row *row)
{
	char name[128], text[2 * OPTION_TEXT_SIZE];

	name_of(row, name, sizeof(name));
	memset(text, 'x', sizeof(text));
	text[row->maximum + 1] = '\0';
	ck_assert_int_eq(ask(name, text).value, row->standard);
	text[row->maximum] = '\0';
	ck_assert_int_eq(ask(name, text).value, row->maximum);
	ck_assert_int_eq(ask(name, "").value, 0);
}

START_TEST(ranges_are_the_table_s)
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].type == OPTION_TYPE_CHOICE)
			check_choices(&option_rows[i]);
		else if (option_rows[i].type == OPTION_TYPE_TEXT)
			check_text(&option_rows[i]);
		else
			check_number(&option_rows[i]);
}
END_TEST

START_TEST(garbage_is_refused)
{
	static const char *const garbage[] = {"banana", "1x", " 1", "0x1", "1.5",
					      "18446744073709551617", ""};

	for (int i = 0; i < OPTION_COUNT; i++)
		for (size_t j = 0; j < COUNT_OF(garbage); j++)
			if (option_rows[i].type != OPTION_TYPE_TEXT)
				require_refused(&option_rows[i], garbage[j]);
}
END_TEST

/* One line: the name that was given, and where the list of names is. */
START_TEST(unknown_names_are_told)
{
	static const char *const names[] = {
		"HAKMEM_PURGE_FLOR", "HAKMEM_Tiny_P0_ENABLE", "HAKMEM_STAT",
		"HAKMEM_",
	};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct answer a = ask(names[i], "1");

		require(a.value == NO_OPTION && count_lines(a.errors) == 1 &&
				strstr(a.errors, names[i]) &&
				strstr(a.errors, "hakmem-run --help-env"),
			"%s writes: %s", names[i], a.errors);
	}
}
END_TEST

/* Whatever stands in a value, it gets one line. */
START_TEST(odd_values_get_one_line)
{
	static char nines[100 * KIB];
	const char *const odd[] = {nines, "1\n2", "\033[2J", "%s%n"};

	memset(nines, '9', sizeof(nines) - 1);
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		struct answer a = ask("HAKMEM_PURGE_FLOOR", odd[i]);

		require(count_lines(a.errors) == 1 && !strchr(a.errors, '\033'),
			"value %zu writes: %s", i, a.errors);
	}
}
END_TEST

static void copy_setuid(const char *to)
{
	char buffer[65536];
	int in = open(self, O_RDONLY), out = open(to, O_WRONLY | O_CREAT, 0755);
	ssize_t got;

	while ((got = read(in, buffer, sizeof(buffer))) > 0)
		require(write(out, buffer, (size_t)got) == got, "%s: no space", to);
	close(in);
	require(fchmod(out, 04755) == 0, "%s cannot be made setuid", to);
	close(out);
}

/* As root only: a setuid copy of this program, run by somebody else. */
START_TEST(setuid_programs_ignore_the_environment)
{
	char folder[] = "/tmp/hakmem-check-XXXXXX", program[64];
	struct answer secure, plain;

	require(mkdtemp(folder) && chmod(folder, 0755) == 0, "no folder in /tmp");
	snprintf(program, sizeof(program), "%s/program", folder);
	copy_setuid(program);
	secure = ask_as(NOBODY, program, "HAKMEM_PURGE_FLOOR", "123");
	plain = ask_as(0, program, "HAKMEM_PURGE_FLOOR", "123");
	unlink(program);
	rmdir(folder);
	ck_assert_int_eq(plain.value, 123);
	if (!secure.secure) /* mounted nosuid, or no new privileges */
		return;
	ck_assert_int_ne(secure.value, 123);
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_test(t, defaults_are_the_table_s);
	tcase_add_test(t, ranges_are_the_table_s);
	tcase_add_test(t, garbage_is_refused);
	tcase_add_test(t, unknown_names_are_told);
	tcase_add_test(t, odd_values_get_one_line);
	if (geteuid() == 0)
		tcase_add_test(t, setuid_programs_ignore_the_environment);
}

/* The other role: allocate, and say what the option is. */
static int print_option(const char *name)
{
	int64_t value;

	hak_free(hak_malloc(1));
	if (hak_option_get(name, &value) != 0)
		value = NO_OPTION;
	printf("%lld %lu\n", (long long)value, getauxval(AT_SECURE));
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return print_option(argv[1]);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return EXIT_FAILURE;
	return unit_run("options", fill);
}
