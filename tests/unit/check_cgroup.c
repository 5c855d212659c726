/* SPDX-License-Identifier: MIT */
/* The cgroup's limit and pressure, read in a folder that stands for the root. */
#include "unit.h"

#include <sys/stat.h>

#include "base/cgroup.h"

#define LIMIT_1 "sys/fs/cgroup/memory/a/memory.limit_in_bytes"
#define UNLIMITED_1 "9223372036854771712\n"

static char root[] = "/tmp/hakmem-check-XXXXXX";

/* Writes a file of the root, with the folders above it. */
static void put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *slash = path + sizeof(root); (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	file = fopen(path, "we");
	require(file && fputs(text, file) >= 0 && fclose(file) == 0, "%s", path);
}

static void make_root(void)
{
	require(mkdtemp(root) != NULL, "no folder in /tmp");
}

static void remove_root(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	require(system(command) == 0, "%s stays", root);
}

START_TEST(the_smallest_limit_of_version_2_counts)
{
	ck_assert_uint_eq(cgroup_limit(root), UINT64_MAX);
	put("proc/self/cgroup", "0::/a/b.slice\n");
	ck_assert_uint_eq(cgroup_limit(root), UINT64_MAX);
	put("sys/fs/cgroup/a/b.slice/memory.max", "max\n");
	put("sys/fs/cgroup/a/memory.max", "67108864\n");
	ck_assert_uint_eq(cgroup_limit(root), 64 * MIB);
	put("sys/fs/cgroup/a/b.slice/memory.max", "33554432\n");
	ck_assert_uint_eq(cgroup_limit(root), 32 * MIB);
	put("sys/fs/cgroup/memory.max", "1048576\n");
	ck_assert_uint_eq(cgroup_limit(root), MIB);
}
END_TEST

/* What a container sees: its own group is the root. */
START_TEST(a_group_at_the_mount_has_a_limit)
{
	put("sys/fs/cgroup/memory.max", "33554432\n");
	put("proc/self/cgroup", "0::/\n");
	ck_assert_uint_eq(cgroup_limit(root), 32 * MIB);
	put("proc/self/cgroup", "0::/../../elsewhere\n");
	ck_assert_uint_eq(cgroup_limit(root), 32 * MIB);
}
END_TEST

START_TEST(version_1_counts_where_it_has_memory)
{
	put("proc/self/cgroup", "5:cpu:/x\n4:memory:/a\n0::/b\n");
	put("sys/fs/cgroup/b/memory.max", "1048576\n");
	put(LIMIT_1, UNLIMITED_1);
	put("sys/fs/cgroup/memory/memory.limit_in_bytes", UNLIMITED_1);
	ck_assert_uint_eq(cgroup_limit(root), UINT64_MAX);
	put(LIMIT_1, "33554432\n");
	ck_assert_uint_eq(cgroup_limit(root), 32 * MIB);
	ck_assert(!cgroup_is_short(root));
}
END_TEST

START_TEST(odd_files_are_no_limit)
{
	static const char *const odd[] = {"", "\n", "-1\n", "x1\n",
					  "99999999999999999999\n"};
	static char far[3000];

	put("proc/self/cgroup", "0::/a\n");
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		put("sys/fs/cgroup/a/memory.max", odd[i]);
		require(cgroup_limit(root) == UINT64_MAX, "%s", odd[i]);
	}
	memset(far, 'x', sizeof(far) - 1);
	memcpy(far, "0::/", 4);
	put("proc/self/cgroup", far);
	ck_assert_uint_eq(cgroup_limit(root), UINT64_MAX);
}
END_TEST

static bool short_with(const char *file, const char *percent)
{
	char text[200];
	bool answer;

	snprintf(text, sizeof(text), "some avg10=%s avg60=90.00 avg300=90.00 total=9\n"
		 "full avg10=99.00 avg60=99.00 avg300=99.00 total=9\n", percent);
	put(file, text);
	answer = cgroup_is_short(root);
	put(file, "some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
	return answer;
}

START_TEST(pressure_makes_memory_short)
{
	static const char *const files[] = {"proc/pressure/memory",
					    "sys/fs/cgroup/a/memory.pressure"};

	ck_assert(!cgroup_is_short(root));
	put("proc/self/cgroup", "0::/a\n");
	ck_assert(!cgroup_is_short(root));
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		ck_assert(!short_with(files[i], "4.99"));
		ck_assert(short_with(files[i], "5.00"));
		ck_assert(short_with(files[i], "61.20"));
	}
}
END_TEST

START_TEST(a_group_near_its_high_limit_is_short)
{
	put("proc/self/cgroup", "0::/a\n");
	put("sys/fs/cgroup/a/memory.high", "max\n");
	put("sys/fs/cgroup/a/memory.current", "90000000\n");
	ck_assert(!cgroup_is_short(root));
	put("sys/fs/cgroup/a/memory.high", "100000000\n");
	ck_assert(cgroup_is_short(root));
	put("sys/fs/cgroup/a/memory.current", "89999999\n");
	ck_assert(!cgroup_is_short(root));
}
END_TEST

static void fill(TCase *t)
{
	tcase_add_checked_fixture(t, make_root, remove_root);
	tcase_add_test(t, the_smallest_limit_of_version_2_counts);
	tcase_add_test(t, a_group_at_the_mount_has_a_limit);
	tcase_add_test(t, version_1_counts_where_it_has_memory);
	tcase_add_test(t, odd_files_are_no_limit);
	tcase_add_test(t, pressure_makes_memory_short);
	tcase_add_test(t, a_group_near_its_high_limit_is_short);
}

int main(void)
{
	return unit_run("cgroup", fill);
}
