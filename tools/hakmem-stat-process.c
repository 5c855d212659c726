/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-process.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILE_NAME "libhakmem.so"
#define PAGE_NAME "hak_stats_page"

/* A list that is longer has a loop in it. */
#define HEAPS_MAX 1000000

/* The library where it is mapped in the process. */
struct mapping {
	uintptr_t start, end; /* of what begins at the start of the file */
	char path[PATH_MAX];  /* as the process sees it */
};

/* Root learns what may stand in its way, others who may. */
static const char *denied_sentence(void)
{
	return geteuid() == 0 ?
		       "may not be looked at, not even by root here: permission denied; a container, a security module or kernel.yama.ptrace_scope forbids it" :
		       "may not be looked at: permission denied; run hakmem-stat as root";
}

const char *process_sentence(enum outcome outcome)
{
	static const char *const sentences[PROCESS_OUTCOMES] = {
		[PROCESS_READ] = "was read",
		[PROCESS_GONE] = "does not exist",
		[PROCESS_ZOMBIE] = "is a zombie: it has ended, and its parent has not collected its exit status",
		[PROCESS_WITHOUT] = "does not use the shared libhakmem",
		[PROCESS_OTHER] = ("uses a libhakmem of another version or configuration than hakmem-stat, which is " HAKMEM_VERSION_STRING),
		[PROCESS_BROKEN] = "cannot be read: it is starting, ending or damaged",
	};

	return outcome == PROCESS_DENIED ? denied_sentence() : sentences[outcome];
}

enum outcome process_outcome(int error)
{
	if (error == ENOENT || error == ESRCH)
		return PROCESS_GONE;
	return error == EACCES || error == EPERM ? PROCESS_DENIED : PROCESS_BROKEN;
}

/* ---- what the kernel says of the process ---- */

/* All of a small file of /proc/PID, as a string; false: it cannot be read. */
static bool read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	size = fread(text, 1, size - 1, file);
	text[size] = '\0';
	fclose(file);
	return size != 0;
}

static void read_name(pid_t pid, char name[NAME_SIZE])
{
	size_t length;

	if (!read_proc(pid, "comm", name, NAME_SIZE))
		strcpy(name, "?");
	length = strlen(name);
	if (length > 1 && name[length - 1] == '\n')
		name[length - 1] = '\0';
}

/* The kernel's flag of a process that is ending and has perhaps lost its memory. */
#define PF_EXITING 4

/*
 * The fields 3, 9, 22 and 24 of /proc/PID/stat.  The name, field 2, stands in
 * parentheses and may hold some itself.
 */
static enum outcome read_facts(pid_t pid, struct process *p)
{
	char line[1024], state;
	const char *fields;
	unsigned flags;
	unsigned long long started, pages;

	if (!read_proc(pid, "stat", line, sizeof(line)) ||
	    !(fields = strrchr(line, ')')) ||
	    sscanf(fields,
		   ") %c %*s %*s %*s %*s %*s %u %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %*s %*s %*s %llu %*s %llu",
		   &state, &flags, &started, &pages) != 4)
		return PROCESS_GONE;
	p->started = started;
	p->resident = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return state == 'Z' || (flags & PF_EXITING) ? PROCESS_ZOMBIE : PROCESS_READ;
}

/* ---- where the library is ---- */

/* One line of /proc/PID/maps: is it the start of the library? */
static bool is_library(const char *line, struct mapping *m)
{
	unsigned long start, end, offset;
	int at = 0;
	const char *base;

	if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &start, &end, &offset, &at) < 3 ||
	    at == 0 || offset != 0 || line[at] != '/')
		return false;
	base = strrchr(line + at, '/') + 1;
	if (strncmp(base, FILE_NAME, strlen(FILE_NAME)) != 0 ||
	    strlen(line + at) >= sizeof(m->path))
		return false;
	m->start = start;
	m->end = end;
	strcpy(m->path, line + at);
	m->path[strcspn(m->path, "\n")] = '\0';
	return true;
}

/* A process that has ended maps nothing either. */
static enum outcome why_without(pid_t pid)
{
	struct process p;
	enum outcome alive = read_facts(pid, &p);

	return alive == PROCESS_READ ? PROCESS_WITHOUT : alive;
}

static enum outcome find_library(pid_t pid, struct mapping *m)
{
	char path[64], *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *maps;
	int error;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (!maps)
		return process_outcome(errno);
	errno = 0;
	while (!found && getline(&line, &size, maps) > 0)
		found = is_library(line, m);
	error = ferror(maps) ? errno : 0;
	free(line);
	fclose(maps);
	if (error != 0)
		return process_outcome(error);
	return found ? PROCESS_READ : why_without(pid);
}

/*
 * The file that is mapped, also when it was replaced since (for root), or the
 * one of that name, seen with the root folder of the process.
 */
static int open_library(pid_t pid, const struct mapping *m)
{
	char path[PATH_MAX + 64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", (int)pid,
		 (unsigned long)m->start, (unsigned long)m->end);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, m->path);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* ---- where its page is ---- */

struct image {
	const char *bytes;
	size_t size;
};

/* `size` bytes at `offset` of the file, or NULL: it has not so many. */
static const void *inside(const struct image *file, uint64_t offset, uint64_t size)
{
	if (offset > file->size || size > file->size - offset)
		return NULL;
	return file->bytes + offset;
}

/* The whole table of entries of `entry` bytes that a section holds, or NULL. */
static const void *table_of(const struct image *file, const ElfW(Shdr) *section,
			    size_t entry)
{
	if (section->sh_offset % _Alignof(uint64_t) != 0 && entry > 1)
		return NULL;
	return inside(file, section->sh_offset, section->sh_size);
}

static bool is_page(const struct image *names, const ElfW(Sym) *symbol)
{
	const char *name = inside(names, symbol->st_name, sizeof(PAGE_NAME));

	return name && memcmp(name, PAGE_NAME, sizeof(PAGE_NAME)) == 0 &&
	       symbol->st_shndx != SHN_UNDEF;
}

/* The value of the symbol in one table of symbols; 0: it is not there. */
static uintptr_t page_in(const struct image *file, const ElfW(Shdr) *sections,
			 unsigned count, const ElfW(Shdr) *section)
{
	const ElfW(Sym) *symbols = table_of(file, section, sizeof(*symbols));
	struct image names;

	if (!symbols || section->sh_link >= count)
		return 0;
	names.size = sections[section->sh_link].sh_size;
	names.bytes = table_of(file, &sections[section->sh_link], 1);
	if (!names.bytes)
		return 0;
	for (size_t i = 0; i < section->sh_size / sizeof(*symbols); i++)
		if (is_page(&names, &symbols[i]))
			return symbols[i].st_value;
	return 0;
}

static uintptr_t page_offset(const struct image *file)
{
	const ElfW(Ehdr) *header = inside(file, 0, sizeof(*header));
	const ElfW(Shdr) *sections;
	uintptr_t found = 0;

	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_shentsize != sizeof(*sections) || header->e_shoff % 8 != 0)
		return 0;
	sections = inside(file, header->e_shoff,
			  (uint64_t)header->e_shnum * sizeof(*sections));
	for (unsigned i = 0; sections && found == 0 && i < header->e_shnum; i++)
		if (sections[i].sh_type == SHT_DYNSYM)
			found = page_in(file, sections, header->e_shnum, &sections[i]);
	return found;
}

/* In a copy: the file may shrink while we look at it. */
static char *read_file(int fd, size_t *size)
{
	struct stat st;
	char *bytes;
	ssize_t got;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > 64 << 20)
		return NULL;
	bytes = malloc((size_t)st.st_size + 1);
	got = bytes ? pread(fd, bytes, (size_t)st.st_size, 0) : -1;
	*size = got > 0 ? (size_t)got : 0;
	return bytes;
}

/* The address of the page in the process. */
static enum outcome find_page(pid_t pid, const struct mapping *m, uintptr_t *address)
{
	struct image file = {NULL, 0};
	int fd = open_library(pid, m);
	uintptr_t offset;
	char *bytes;

	if (fd < 0)
		return process_outcome(errno) == PROCESS_DENIED ? PROCESS_DENIED : PROCESS_OTHER;
	bytes = read_file(fd, &file.size);
	close(fd);
	if (!bytes)
		return PROCESS_OTHER;
	file.bytes = bytes;
	offset = page_offset(&file);
	free(bytes);
	/* Shared libraries are linked to stand at 0. */
	*address = m->start + offset;
	return offset != 0 ? PROCESS_READ : PROCESS_OTHER;
}

/* ---- reading ---- */

enum outcome process_copy(pid_t pid, const void *from, void *to, size_t size)
{
	struct iovec local = {to, size}, remote = {(void *)(uintptr_t)from, size};
	ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	if (got == (ssize_t)size)
		return PROCESS_READ;
	return got < 0 ? process_outcome(errno) : PROCESS_BROKEN;
}

enum outcome process_page(pid_t pid, struct stats_page *page)
{
	static const struct stats_layout ours = STATS_LAYOUT;
	struct mapping m;
	enum outcome outcome = find_library(pid, &m);
	uintptr_t address;

	if (outcome == PROCESS_READ)
		outcome = find_page(pid, &m, &address);
	if (outcome == PROCESS_READ)
		outcome = process_copy(pid, (void *)address, page, sizeof(*page));
	if (outcome != PROCESS_READ)
		return outcome;
	return memcmp(&page->layout, &ours, sizeof(ours)) == 0 ? PROCESS_READ :
								 PROCESS_OTHER;
}

static enum outcome read_heaps(pid_t pid, const struct stats_page *page,
			       struct report *r)
{
	static struct heap copy;
	struct heap *next;
	enum outcome outcome = process_copy(pid, page->heaps, &next, sizeof(next));

	for (unsigned i = 0; next && outcome == PROCESS_READ; i++) {
		if (i == HEAPS_MAX)
			return PROCESS_BROKEN;
		outcome = process_copy(pid, next, &copy, sizeof(copy));
		if (outcome == PROCESS_READ)
			report_add_heap(r, &copy);
		next = copy.next;
	}
	return outcome;
}

static enum outcome read_totals(pid_t pid, const struct stats_page *page,
				struct report *r)
{
	struct totals totals;
	enum outcome outcome = process_copy(pid, page->totals, &totals, sizeof(totals));

	if (outcome == PROCESS_READ)
		report_finish(r, &totals);
	return outcome;
}

static enum outcome read_report(pid_t pid, struct report *r)
{
	struct stats_page page;
	enum outcome outcome = process_page(pid, &page);

	memset(r, 0, sizeof(*r));
	if (outcome == PROCESS_READ)
		outcome = read_heaps(pid, &page, r);
	if (outcome == PROCESS_READ)
		outcome = read_totals(pid, &page, r);
	return outcome;
}

/* The facts last: a process that ended meanwhile could not be read for that. */
enum outcome process_read(pid_t pid, struct process *p)
{
	enum outcome outcome = read_report(pid, &p->report);
	enum outcome alive = read_facts(pid, p);

	if (alive != PROCESS_READ)
		return alive;
	p->pid = pid;
	read_name(pid, p->name);
	return outcome;
}
