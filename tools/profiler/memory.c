/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Bits of an entry of /proc/self/pagemap. */
#define ENTRY_PRESENT ((uint64_t)1 << 63)
#define ENTRY_SWAPPED ((uint64_t)1 << 62)
#define ENTRY_FILE ((uint64_t)1 << 61)

/* ---- mappings ---- */

static uintptr_t parse_hex(const char **text)
{
	uintptr_t value = 0;

	for (;; ++*text) {
		char c = **text;

		if (c >= '0' && c <= '9')
			value = value << 4 | (uintptr_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uintptr_t)(c - 'a' + 10);
		else
			return value;
	}
}

/* The text behind so many fields. */
static const char *skip_fields(const char *line, int count)
{
	for (; count > 0; count--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return line;
}

/* Shared memory without a file that others read or write. */
static bool is_memory(const char *name)
{
	return *name == '\0' || strncmp(name, "/dev/zero", 9) == 0 ||
	       strncmp(name, "/memfd:", 7) == 0 || strncmp(name, "/SYSV", 5) == 0;
}

/*
 * "begin-end perms offset device inode name".  A stack begins above a mapping that
 * allows nothing, and touches it.
 */
static void parse_line(struct memory *m, const char *line)
{
	struct area *a = &m->area[m->areas];
	const char *permissions, *name;

	if (m->areas == AREAS_MAX)
		return;
	a->begin = parse_hex(&line);
	line++;
	a->end = parse_hex(&line);
	permissions = skip_fields(line, 1);
	name = skip_fields(permissions, 4);
	a->closed = permissions[0] != 'r' && permissions[1] != 'w';
	a->own = permissions[3] == 'p';
	a->root = permissions[0] == 'r' &&
		  (a->own || (permissions[1] == 'w' && is_memory(name)));
	a->first = strcmp(name, "[stack]") == 0;
	a->stack = a->first ||
		   (*name == '\0' && m->areas > 0 && a[-1].closed &&
		    a[-1].end == a->begin);
	if (strcmp(name, "[vsyscall]") != 0 && strncmp(name, "[vvar", 5) != 0)
		m->areas++;
}

static int read_areas(struct memory *m)
{
	int fd = open("/proc/thread-self/maps", O_RDONLY | O_CLOEXEC);
	char *text = (char *)m->word, *end;
	size_t length = 0;
	ssize_t got;

	if (fd < 0)
		return errno;
	while ((got = read(fd, text + length, MEMORY_CHUNK - 1 - length)) > 0) {
		const char *line = text;

		length += (size_t)got;
		text[length] = '\0';
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';
			parse_line(m, line);
		}
		length -= (size_t)(line - text);
		memmove(text, line, length);
	}
	close(fd);
	return got < 0 ? errno : 0;
}

int memory_open(struct memory *m)
{
	int error;

	m->page = (size_t)sysconf(_SC_PAGESIZE);
	m->mem = open("/proc/thread-self/mem", O_RDONLY | O_CLOEXEC);
	if (m->mem < 0)
		return errno;
	m->pagemap = open("/proc/thread-self/pagemap", O_RDONLY | O_CLOEXEC);
	m->areas = 0;
	error = read_areas(m);
	if (error != 0)
		memory_close(m);
	return error;
}

void memory_close(struct memory *m)
{
	close(m->mem);
	if (m->pagemap >= 0)
		close(m->pagemap);
}

/* ---- words ---- */

/* Reads the entries of the pages from `begin` to `end`; what is not known has data. */
static void read_entries(struct memory *m, uintptr_t begin, uintptr_t end)
{
	size_t count = (end - 1) / m->page - begin / m->page + 1;
	ssize_t size = (ssize_t)(count * sizeof(*m->entry));

	if (m->pagemap >= 0 && pread(m->pagemap, m->entry, (size_t)size,
				     (off_t)(begin / m->page * sizeof(*m->entry))) == size)
		return;
	for (size_t i = 0; i < count; i++)
		m->entry[i] = ENTRY_PRESENT;
}

static bool has_data(uint64_t entry, enum pages pages)
{
	return (entry & (ENTRY_PRESENT | ENTRY_SWAPPED)) != 0 &&
	       !(pages == PAGES_CHANGED && (entry & ENTRY_FILE) != 0);
}

/* Of at most MEMORY_CHUNK bytes.  What cannot be read is left out. */
static void scan_run(struct memory *m, uintptr_t begin, uintptr_t end,
		     void (*take)(void *arg, uintptr_t word), void *arg)
{
	while (begin < end) {
		ssize_t got = pread(m->mem, m->word, end - begin, (off_t)begin);

		for (ssize_t i = 0; i < got / (ssize_t)sizeof(*m->word); i++)
			take(arg, m->word[i]);
		if (got <= 0)
			got = (ssize_t)(m->page - begin % m->page);
		begin += (size_t)got;
	}
}

/* The same; pages without data are left out. */
static void scan_chunk(struct memory *m, uintptr_t begin, uintptr_t end, enum pages pages,
		       void (*take)(void *arg, uintptr_t word), void *arg)
{
	uintptr_t first = begin / m->page;

	read_entries(m, begin, end);
	while (begin < end) {
		bool data = has_data(m->entry[begin / m->page - first], pages);
		uintptr_t run = begin;

		while (run < end && has_data(m->entry[run / m->page - first], pages) == data)
			run = (run / m->page + 1) * m->page;
		if (data)
			scan_run(m, begin, run < end ? run : end, take, arg);
		begin = run;
	}
}

void memory_scan(struct memory *m, uintptr_t begin, uintptr_t end, enum pages pages,
		 void (*take)(void *arg, uintptr_t word), void *arg)
{
	begin = (begin + sizeof(uintptr_t) - 1) & -sizeof(uintptr_t);
	end &= -sizeof(uintptr_t);
	while (begin < end) {
		uintptr_t next = (begin / MEMORY_CHUNK + 1) * MEMORY_CHUNK;

		next = next < end ? next : end;
		if (pages == PAGES_ALL || next - begin <= m->page)
			scan_run(m, begin, next, take, arg);
		else
			scan_chunk(m, begin, next, pages, take, arg);
		begin = next;
	}
}
