/* SPDX-License-Identifier: MIT */
/* hakmem.conf: which lines are for this program, and which file is trusted. */
#include "unit.h"

#include <sys/stat.h>

#include "options/conf.h"

static char path[] = "/tmp/hakmem-check-XXXXXX";
static char taken[4096]; /* every entry, with "N:" before and '\n' after it */

static void take(const char *entry, const struct origin *origin)
{
	size_t length = strlen(taken);

	ck_assert_str_eq(origin->file, path);
	if (!origin->ours || *entry == '[')
		return;
	snprintf(taken + length, sizeof(taken) - length, "%u:%s\n", origin->line,
		 entry);
}

static void write_file(const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	require(write(fd, text, length) == (ssize_t)length, "%s: no space", path);
	close(fd);
}

static void require_taken(const char *text, const char *expected)
{
	write_file(text, strlen(text));
	taken[0] = '\0';
	conf_read(path, NULL, true, false, take);
	ck_assert_str_eq(taken, expected);
}

static void make_file(void)
{
	int fd = mkstemp(path);

	require(fd >= 0, "no file in /tmp");
	close(fd);
}

static void remove_file(void)
{
	unlink(path);
	strcpy(path, "/tmp/hakmem-check-XXXXXX");
}

START_TEST(globs_match)
{
	static const struct {
		const char *glob, *text;
		bool matches;
	} cases[] = {
		{"", "", true},		   {"", "a", false},
		{"a", "", false},	   {"*", "", true},
		{"*", "abc", true},	   {"a*c", "abbc", true},
		{"a*c", "abcb", false},	   {"?", "a", true},
		{"?", "", false},	   {"*a*b", "xaxabab", true},
		{"**", "x", true},	   {"python3*", "python3.11", true},
		{"python3*", "python", false}, {"/usr/*/x", "/usr/a/b/x", true},
		{"a?c", "a/c", true},	   {"[a]", "a", false},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		require(conf_glob(cases[i].glob, cases[i].text) == cases[i].matches,
			"%s against %s", cases[i].glob, cases[i].text);
}
END_TEST

START_TEST(lines_are_taken)
{
	require_taken("", "");
	require_taken("A=1", "1:A=1\n");
	require_taken("\n# A=1\n \t A=2 \r\n\n#\nB=\n", "3:A=2\n6:B=\n");
	require_taken("[nobody]\nA=1\n[*]\nB=1\n[nobody]\nC=1", "4:B=1\n");
	require_taken("[check_con?]\nA=1\n[check]\nB=1\n", "2:A=1\n");
	require_taken("[*/check_conf]\nA=1\n[/check_conf]\nB=1\n", "2:A=1\n");
	require_taken("A=1\n[*\nB=1\n[]\nC=1\n[*]\nD=1\n", "1:A=1\n7:D=1\n");
	require_taken("[\nA=1\n", "");
	require_taken("\xef\xbb\xbf" "A=1\nB=1\n", "1:A=1\n2:B=1\n");
	require_taken("\xef\xbb\xbf # A=1\n\xef\xbb\xbf" "B=1\n", "2:\xef\xbb\xbf" "B=1\n");
}
END_TEST

static void take_for_all(const char *entry, const struct origin *origin)
{
	if (*entry != '[' && origin->ours)
		ck_assert_int_eq(origin->for_all, strcmp(entry, "ALL=1") == 0);
	take(entry, origin);
}

/* Sections that match any program count as none. */
START_TEST(what_is_for_all_is_known)
{
	static const char text[] = "ALL=1\n[check_conf]\nA=1\n[*]\nALL=1\n[check_*]\n"
				   "A=1\n[/*]\nALL=1\n[*conf\nA=1\n[**?]\nALL=1\n";

	write_file(text, sizeof(text) - 1);
	taken[0] = '\0';
	conf_read(path, NULL, true, false, take_for_all);
	ck_assert_str_eq(taken, "1:ALL=1\n3:A=1\n5:ALL=1\n7:A=1\n9:ALL=1\n"
				"13:ALL=1\n");
}
END_TEST

/* take() gets sections and the lines of others too, and `ours` tells them apart. */
static void take_all(const char *entry, const struct origin *origin)
{
	size_t length = strlen(taken);

	snprintf(taken + length, sizeof(taken) - length, "%s%s\n",
		 origin->ours ? "" : "not ", entry);
}

/* Sections are compared with the program that is asked for, not with this one. */
START_TEST(another_program_may_be_asked_for)
{
	static const char text[] = "A=1\n[check_conf]\nB=1\n[ls]\nC=1\n[/bin/*]\nD=1\n";

	write_file(text, sizeof(text) - 1);
	taken[0] = '\0';
	conf_read(path, "/bin/ls", true, false, take_all);
	ck_assert_str_eq(taken, "A=1\nnot [check_conf]\nnot B=1\n[ls]\nC=1\n[/bin/*]\n"
				"D=1\n");
}
END_TEST

/* Of a long line nothing is taken, and what follows it is. */
START_TEST(long_lines_are_passed_over)
{
	static char text[4 * KIB];

	for (size_t length = 500; length < 520; length++) {
		memset(text, 'x', length);
		strcpy(text + length, "\nA=1\n");
		write_file(text, strlen(text));
		taken[0] = '\0';
		conf_read(path, NULL, true, false, take);
		ck_assert_int_eq(strncmp(taken, "1:xx", 4) == 0, length <= 511);
		ck_assert_ptr_nonnull(strstr(taken, "2:A=1\n"));
	}
}
END_TEST

/* Any bytes at all: nothing but what they say. */
START_TEST(garbage_does_no_harm)
{
	static char text[3000];
	uint64_t state = 1;

	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = "\n[]*=#x \0\xff"[random_next(&state) % 10];
		write_file(text, sizeof(text));
		taken[0] = '\0';
		conf_read(path, NULL, true, false, take);
	}
	require_taken("A=1\n", "1:A=1\n");
}
END_TEST

static bool is_trusted(uid_t uid, mode_t mode)
{
	write_file("A=1\n", 4);
	require(chown(path, uid, 0) == 0 && chmod(path, mode) == 0, "%s", path);
	taken[0] = '\0';
	conf_read(path, NULL, true, true, take);
	return taken[0] != '\0';
}

/* As root only. */
START_TEST(setuid_programs_trust_root_alone)
{
	ck_assert(is_trusted(0, 0644));
	ck_assert(is_trusted(0, 0600));
	ck_assert(!is_trusted(0, 0664));
	ck_assert(!is_trusted(0, 0646));
	ck_assert(!is_trusted(65534, 0644));
}
END_TEST

START_TEST(only_files_are_read)
{
	taken[0] = '\0';
	conf_read("/", NULL, true, false, take);
	conf_read("/dev/zero", NULL, true, false, take);
	conf_read("/nonexistent", NULL, true, false, take);
	ck_assert_str_eq(taken, "");
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, make_file, remove_file);
	tcase_add_test(t, globs_match);
	tcase_add_test(t, lines_are_taken);
	tcase_add_test(t, what_is_for_all_is_known);
	tcase_add_test(t, another_program_may_be_asked_for);
	tcase_add_test(t, long_lines_are_passed_over);
	tcase_add_test(t, garbage_does_no_harm);
	tcase_add_test(t, only_files_are_read);
	if (geteuid() == 0)
		tcase_add_test(t, setuid_programs_trust_root_alone);
}

int main(void)
{
	return unit_run("conf", fill);
}
