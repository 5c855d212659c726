/* SPDX-License-Identifier: MIT */
#include "base/cgroup.h"

#include <stddef.h>
#include <string.h>

#include "base/file.h"
#include "base/message.h"

#define TEXT_SIZE 2048

/* Version 1 writes a large number for "no limit". */
#define NO_LIMIT (UINT64_C(1) << 50)

/* The first line is "some avg10=PERCENT ..."; this is one of twenty. */
#define SHORT_PERCENT 5

/* A cgroup. */
struct group {
	struct message path; /* of its folder */
	size_t mount;	     /* so much of the path is where the folders begin */
	bool version_1;
};

/* The number behind `word` in a file of a folder. */
static uint64_t number_in(const struct message *folder, const char *file, const char *word)
{
	struct message path = *folder;
	char text[TEXT_SIZE];
	const char *at;
	uint64_t number = 0;

	message_text(&path, file);
	file_read_text(path.text, text, sizeof(text));
	at = strstr(text, word);
	if (!at || at[strlen(word)] < '0' || at[strlen(word)] > '9')
		return UINT64_MAX;
	for (at += strlen(word); *at >= '0' && *at <= '9' && number < NO_LIMIT; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	return number < NO_LIMIT ? number : UINT64_MAX;
}

static void start_path(struct message *path, const char *root, const char *rest)
{
	message_start(path);
	message_text(path, root);
	message_text(path, rest);
}

/* Lines "N:memory:PATH" (version 1) or "0::PATH".  False: it has none. */
static bool find_group(struct group *g, const char *root)
{
	char text[TEXT_SIZE];
	char *path, *version_1;

	start_path(&g->path, root, "/proc/self/cgroup");
	file_read_text(g->path.text, text, sizeof(text));
	version_1 = strstr(text, ":memory:/");
	path = version_1 ? version_1 : strstr(text, "0::/");
	if (!path)
		return false;
	path = strchr(path, '/');
	g->version_1 = version_1 != NULL;
	start_path(&g->path, root, version_1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup");
	g->mount = g->path.length;
	path[strcspn(path, "\n")] = '\0';
	message_text(&g->path, path);
	return true;
}

/* Its parent; false: it has none. */
static bool go_up(struct group *g)
{
	if (g->path.length <= g->mount)
		return false;
	while (g->path.text[--g->path.length] != '/')
		;
	g->path.text[g->path.length] = '\0';
	return true;
}

uint64_t cgroup_limit(const char *root)
{
	uint64_t least = UINT64_MAX, limit;
	struct group g;

	if (!find_group(&g, root))
		return UINT64_MAX;
	do {
		limit = number_in(&g.path, g.version_1 ? "/memory.limit_in_bytes" :
							 "/memory.max", "");
		least = limit < least ? limit : least;
	} while (go_up(&g));
	return least;
}

static bool is_waiting(const struct message *folder, const char *file)
{
	uint64_t percent = number_in(folder, file, "some avg10=");

	return percent != UINT64_MAX && percent >= SHORT_PERCENT;
}

bool cgroup_is_short(const char *root)
{
	struct message system;
	struct group g;
	uint64_t high;

	start_path(&system, root, "/proc/pressure");
	if (is_waiting(&system, "/memory"))
		return true;
	if (!find_group(&g, root) || g.version_1)
		return false;
	high = number_in(&g.path, "/memory.high", "");
	return is_waiting(&g.path, "/memory.pressure") ||
	       (high != UINT64_MAX &&
		number_in(&g.path, "/memory.current", "") >= high / 10 * 9);
}
