/* SPDX-License-Identifier: MIT */
/*
 * mixed_trace: the calls that a real program made, one after the other.
 *
 * Replays a file written by `hakmem-bench record`, on one thread and in the
 * order recorded, whichever threads made the calls; the first byte of each
 * block is written.  One op is one call.  The file is text, a call a line:
 *
 *   hakmem-trace 1
 *   m SIZE ID        malloc        c SIZE ID   calloc
 *   a SIZE ID        aligned       r SIZE OLD NEW
 *   f ID             free
 *   end LINES
 *
 * An ID is an address in hexadecimal.  It is translated to a slot before the
 * clock runs.
 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER "hakmem-trace 1\n"

struct call {
	char kind; /* 'm', 'c', 'r' or 'f'; 'a' is replayed as 'm' */
	uint32_t slot;
	uint64_t size;
};

struct trace {
	const char *path;
	char *text; /* ended by '\0' */
	uint64_t lines;
	struct call *calls;
	uint64_t count;
	/* A hash table of IDs; a slot is a place in it.  No ID is 0. */
	uint64_t *ids;
	void **blocks;
	uint64_t mask;
};

/* ---- reading ------------------------------------------------------------------ */

static void read_file(struct trace *t)
{
	int file = open(t->path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	ssize_t got;

	if (file < 0 || fstat(file, &status) != 0)
		fail("cannot read %s: %s", t->path, strerror(errno));
	t->text = harness_memory((size_t)status.st_size + 1);
	for (off_t at = 0; at < status.st_size; at += got) {
		got = read(file, t->text + at, (size_t)(status.st_size - at));
		if (got <= 0)
			fail("cannot read %s: %s", t->path,
			     got < 0 ? strerror(errno) : "it was cut meanwhile");
	}
	close(file);
	if (strncmp(t->text, HEADER, strlen(HEADER)) != 0)
		fail("%s is not a trace that hakmem-bench record made", t->path);
}

/* The last line tells how many are before it. */
static void count_lines(struct trace *t)
{
	const char *end = strstr(t->text, "\nend ");

	for (const char *c = t->text; end && c <= end; c++)
		t->lines += *c == '\n';
	if (!end || strtoull(end + 5, NULL, 10) != t->lines)
		fail("the trace %s is cut short: it does not end in \"end %llu\"",
		     t->path, (unsigned long long)t->lines);
}

static uint32_t slot_of(struct trace *t, uint64_t id)
{
	uint64_t at = (id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & t->mask;

	while (t->ids[at] != 0 && t->ids[at] != id)
		at = (at + 1) & t->mask;
	t->ids[at] = id;
	return (uint32_t)at;
}

/* A number within its line. */
static bool read_number(char **at, int base, uint64_t *number)
{
	char *end;

	if (**at != ' ')
		return false;
	*number = strtoull(++*at, &end, base);
	if (end == *at || *end == '\0')
		return false;
	*at = end;
	return true;
}

static void add_call(struct trace *t, char kind, uint64_t id, uint64_t size)
{
	t->calls[t->count++] = (struct call){.kind = kind, .size = size,
					     .slot = slot_of(t, id)};
}

/* A realloc that moved is replayed in the old slot, then known by the new ID. */
static bool read_line(struct trace *t, char **at)
{
	char kind = *(*at)++;
	uint64_t size = 0, id = 0, new_id = 0;

	if (!strchr("mcarf", kind) || (kind != 'f' && !read_number(at, 10, &size)) ||
	    !read_number(at, 16, &id) || id == 0 || size > SIZE_LIMIT)
		return false;
	if (kind == 'r' && (!read_number(at, 16, &new_id) || new_id == 0))
		return false;
	if (kind == 'r') {
		add_call(t, 'r', id, size);
		add_call(t, '>', new_id, t->calls[t->count - 1].slot);
	} else {
		add_call(t, kind == 'a' ? 'm' : kind, id, size);
	}
	return *(*at)++ == '\n';
}

static void read_calls(struct trace *t)
{
	char *at = t->text + strlen(HEADER);
	uint64_t room = 64;

	while (room < 4 * t->lines)
		room *= 2;
	if (room > UINT32_MAX)
		fail("%s has more than %u calls", t->path, UINT32_MAX / 4);
	t->mask = room - 1;
	t->ids = harness_memory(room * sizeof *t->ids);
	t->blocks = harness_memory(room * sizeof *t->blocks);
	t->calls = harness_memory(2 * t->lines * sizeof *t->calls);
	for (uint64_t line = 2; strncmp(at, "end ", 4) != 0; line++)
		if (!read_line(t, &at))
			fail("line %llu of %s is no call", (unsigned long long)line,
			     t->path);
}

/* ---- replaying ------------------------------------------------------------------ */

/* What lives in a slot was freed in a way that was not recorded. */
static void put(void **slot, void *block)
{
	if (!block)
		fail("the allocator returned NULL");
	*(volatile char *)block = 1;
	if (*slot)
		release(*slot);
	*slot = block;
}

static void replay_call(struct trace *t, const struct call *c)
{
	void **slot = &t->blocks[c->slot], *block;

	switch (c->kind) {
	case 'm':
		put(slot, allocate(c->size ? c->size : 1));
		break;
	case 'c':
		put(slot, zeroed(1, c->size ? c->size : 1));
		break;
	case 'r':
		block = resize(*slot, c->size ? c->size : 1);
		*slot = NULL;
		put(slot, block);
		break;
	case '>':
		if (c->slot != c->size) {
			put(slot, t->blocks[c->size]);
			t->blocks[c->size] = NULL;
		}
		break;
	default:
		release(*slot);
		*slot = NULL;
	}
}

static void release_rest(struct trace *t)
{
	for (uint64_t i = 0; i <= t->mask; i++) {
		release(t->blocks[i]);
		t->blocks[i] = NULL;
	}
}

static void run(const struct request *r, struct outcome *o)
{
	struct trace t = {.path = r->words[0]};

	if (!t.path)
		refuse("FILE is missing: the trace that hakmem-bench record made");
	read_file(&t);
	count_lines(&t);
	read_calls(&t);
	if (t.lines == 1)
		fail("%s has no calls", t.path);
	for (uint64_t i = 0; i < r->values[0]; i++) {
		struct stopwatch watch = stopwatch_start();

		for (uint64_t c = 0; c < t.count; c++)
			replay_call(&t, &t.calls[c]);
		stopwatch_stop(watch, o);
		release_rest(&t);
	}
	o->ops = (t.lines - 1) * r->values[0];
}

const struct workload mixed_trace = {
	.name = "mixed-trace",
	.summary = "a call that a program made, recorded in FILE",
	.params = {{"REPEAT", 1, 1000000, 1}},
	.words = "FILE",
	.run = run,
};
