/* SPDX-License-Identifier: MIT */
#include "module.h"

#include "bench/common.h"
#include "text.h"
#include "tools/hakmem-bench/memory.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* With these, libdwfl looks for separate debug files where all tools of elfutils do. */
static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

/* ---- opening ---- */

static Dwfl *get_dwfl(struct modules *all)
{
	if (!all->dwfl)
		all->dwfl = dwfl_begin(&callbacks);
	if (!all->dwfl)
		fail("libdwfl: %s", dwfl_errmsg(-1));
	return all->dwfl;
}

/* Why it cannot be opened, or NULL: opening a device or a pipe could do anything. */
static const char *fault_of(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return strerror(errno);
	return S_ISREG(status.st_mode) ? NULL : "it is not a regular file";
}

static bool has_build_id(Dwfl_Module *m, const char *expected)
{
	const unsigned char *bits;
	GElf_Addr address;
	int length = dwfl_module_build_id(m, &bits, &address);
	char digits[3];

	if (length <= 0 || strlen(expected) != 2 * (size_t)length)
		return false;
	for (int i = 0; i < length; i++) {
		snprintf(digits, sizeof(digits), "%02x", bits[i]);
		if (strncasecmp(digits, expected + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

static Dwfl_Module *report(Dwfl *dwfl, const struct module *m)
{
	Dwfl_Module *opened;
	GElf_Addr bias;

	dwfl_report_begin_add(dwfl);
	opened = dwfl_report_offline(dwfl, m->name, m->path, -1);
	dwfl_report_end(dwfl, NULL, NULL);
	return opened && dwfl_module_getelf(opened, &bias) ? opened : NULL;
}

static void open_module(struct modules *all, struct module *m)
{
	Dwfl_Module *opened = NULL;
	const char *fault;

	/* Such as [vdso], or a mapping of no file. */
	if (*m->path == '\0' || *m->path == '[')
		return;
	fault = fault_of(m->path);
	if (!fault) {
		opened = report(get_dwfl(all), m);
		fault = opened ? NULL : dwfl_errmsg(-1);
	}
	if (fault)
		warnx("%s: %s; its functions are shown as offsets", m->path, fault);
	else if (*m->build_id != '\0' && !has_build_id(opened, m->build_id))
		warnx("%s: the file has changed since the profile was made; "
		      "its functions are shown as offsets", m->path);
	else
		m->dwfl = opened;
}

static struct module *add(struct modules *all, const struct mapping *mapping)
{
	struct module *m = get_memory(1, sizeof(*m));

	m->path = copy_text(mapping->file);
	m->build_id = copy_text(mapping->build_id);
	m->name = text_base(m->path);
	all->module = realloc(all->module, (all->count + 1) * sizeof(struct module *));
	if (!all->module)
		fail("out of memory");
	all->module[all->count++] = m;
	open_module(all, m);
	return m;
}

struct module *modules_find(struct modules *all, const struct mapping *mapping)
{
	for (size_t i = 0; i < all->count; i++) {
		struct module *m = all->module[i];

		if (strcmp(m->path, mapping->file) == 0 &&
		    strcmp(m->build_id, mapping->build_id) == 0)
			return m;
	}
	return add(all, mapping);
}

/* ---- addresses ---- */

bool module_address(const struct module *m, uint64_t offset, Dwarf_Addr *address)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(m->dwfl, &bias);
	GElf_Phdr header;
	size_t headers;

	if (!elf || elf_getphdrnum(elf, &headers) != 0)
		return false;
	for (size_t i = 0; i < headers; i++)
		if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_LOAD &&
		    offset >= header.p_offset &&
		    offset - header.p_offset < header.p_filesz) {
			*address = header.p_vaddr + (offset - header.p_offset) + bias;
			return true;
		}
	return false;
}

void modules_close(struct modules *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->module[i]->path);
		free(all->module[i]->build_id);
		free(all->module[i]);
	}
	free(all->module);
	if (all->dwfl)
		dwfl_end(all->dwfl);
}
