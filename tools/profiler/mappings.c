/* SPDX-License-Identifier: MIT */
#include "mappings.h"

#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct list {
	struct mapping *mapping; /* NULL: they are only counted */
	size_t room;
	size_t count;
};

static size_t align(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static void write_hex(char *to, const unsigned char *bytes, size_t size)
{
	if (size > BUILD_ID_MAX)
		size = BUILD_ID_MAX;
	for (size_t i = 0; i < size; i++)
		snprintf(to + 2 * i, 3, "%02x", bytes[i]);
}

void mapping_build_id(char *to, const char *note, size_t size)
{
	const char *end = note + size;

	while ((size_t)(end - note) >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *head = (const void *)note;
		const char *name = note + sizeof(*head);
		const char *text = name + align(head->n_namesz);

		if (head->n_namesz > size || head->n_descsz > size ||
		    (size_t)(end - name) < align(head->n_namesz) + align(head->n_descsz))
			return; /* notes of another process may be anything */
		if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 &&
		    memcmp(name, "GNU", 4) == 0)
			write_hex(to, (const unsigned char *)text, head->n_descsz);
		note = text + align(head->n_descsz);
	}
}

static void read_build_id(char *to, const struct dl_phdr_info *object)
{
	*to = '\0';
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];

		if (p->p_type == PT_NOTE && *to == '\0')
			mapping_build_id(to, (const char *)object->dlpi_addr + p->p_vaddr,
				      p->p_memsz);
	}
}

/* The program has no name there, the kernel's object no file. */
static void read_name(char *to, size_t size, const char *name)
{
	ssize_t length;

	if (*name != '\0') {
		snprintf(to, size, "%s", strchr(name, '/') ? name : "[vdso]");
		return;
	}
	length = readlink("/proc/thread-self/exe", to, size - 1);
	to[length > 0 ? length : 0] = '\0';
}

static void add(struct mapping *m, const struct dl_phdr_info *object, const ElfW(Phdr) *p)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = object->dlpi_addr + p->p_vaddr;

	m->begin = begin & -page;
	m->end = (begin + p->p_memsz + page - 1) & -page;
	m->offset = p->p_offset & -page;
	read_build_id(m->build_id, object);
	read_name(m->name, sizeof(m->name), object->dlpi_name);
}

static int look_at_object(struct dl_phdr_info *object, size_t size, void *arg)
{
	struct list *l = arg;

	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || (p->p_flags & PF_X) == 0)
			continue;
		if (l->mapping && l->count == l->room)
			return 1;
		if (l->mapping)
			add(&l->mapping[l->count], object, p);
		l->count++;
	}
	return 0;
}

size_t mappings_count(void)
{
	struct list l = {.mapping = NULL};

	dl_iterate_phdr(look_at_object, &l);
	return l.count;
}

size_t mappings_read(struct mapping *m, size_t room)
{
	struct list l = {.mapping = m, .room = room};

	dl_iterate_phdr(look_at_object, &l);
	return l.count;
}
