/* SPDX-License-Identifier: MIT */
#include "hakmem-stat-maps.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hakmem-stat-process.h"

/* More notes or segments than any object has are none. */
#define NOTES_MAX 4096
#define SEGMENTS_MAX 64

/* A line of /proc/PID/maps. */
struct line {
	unsigned long begin, end, offset;
	char access[5];
	const char *name; /* "" for memory without a file */
};

static bool parse(char *text, struct line *l)
{
	int at = 0;

	if (sscanf(text, "%lx-%lx %4s %lx %*s %*s %n", &l->begin, &l->end, l->access,
		   &l->offset, &at) < 4 || at == 0)
		return false;
	l->name = text + at;
	text[at + (int)strcspn(text + at, "\n")] = '\0';
	return true;
}

/* Reads the notes of a segment of the object whose addresses begin at `base`. */
static void read_notes(pid_t pid, uintptr_t base, const ElfW(Phdr) *p, char *build_id)
{
	char notes[NOTES_MAX] __attribute__((aligned(8)));

	if (p->p_memsz <= sizeof(notes) &&
	    process_copy(pid, (const void *)(base + p->p_vaddr), notes, p->p_memsz) ==
		    PROCESS_READ)
		mapping_build_id(build_id, notes, p->p_memsz);
}

/* start: where the beginning of the file is mapped */
static void read_build_id(pid_t pid, uintptr_t start, char *build_id)
{
	ElfW(Phdr) p[SEGMENTS_MAX];
	ElfW(Ehdr) head;
	uintptr_t base = start;

	if (process_copy(pid, (const void *)start, &head, sizeof(head)) != PROCESS_READ ||
	    memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_phnum > SEGMENTS_MAX ||
	    process_copy(pid, (const void *)(start + head.e_phoff), p,
			 head.e_phnum * sizeof(*p)) != PROCESS_READ)
		return;
	for (int i = 0; i < head.e_phnum; i++)
		if (p[i].p_type == PT_LOAD && p[i].p_offset == 0)
			base = start - p[i].p_vaddr;
	for (int i = 0; i < head.e_phnum && *build_id == '\0'; i++)
		if (p[i].p_type == PT_NOTE)
			read_notes(pid, base, &p[i], build_id);
}

/* False: no memory. */
static bool add(struct maps *maps, const struct line *l)
{
	struct mapping *m = realloc(maps->mapping, (maps->count + 1) * sizeof(*m));

	if (!m)
		return false;
	maps->mapping = m;
	m += maps->count++;
	*m = (struct mapping){.begin = l->begin, .end = l->end, .offset = l->offset};
	snprintf(m->name, sizeof(m->name), "%s", l->name);
	return true;
}

static bool read_lines(pid_t pid, FILE *file, struct maps *maps)
{
	char *text = NULL, last[sizeof(maps->mapping->name)] = "";
	size_t size = 0;
	uintptr_t start = 0; /* of the file `last` */
	bool done = true;
	struct line l;

	while (done && getline(&text, &size, file) > 0) {
		if (!parse(text, &l) || *l.name == '\0')
			continue;
		if (l.offset == 0) {
			snprintf(last, sizeof(last), "%s", l.name);
			start = l.begin;
		}
		if (!strchr(l.access, 'x'))
			continue;
		done = add(maps, &l);
		if (done && strcmp(last, l.name) == 0)
			read_build_id(pid, start, maps->mapping[maps->count - 1].build_id);
	}
	free(text);
	return done && maps->count != 0;
}

bool maps_read(pid_t pid, struct maps *maps)
{
	char path[64];
	FILE *file;
	bool done;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	done = read_lines(pid, file, maps);
	fclose(file);
	return done;
}
