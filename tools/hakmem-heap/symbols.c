/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include "demangle.h"
#include "text.h"
#include "tools/hakmem-bench/memory.h"

#include <dwarf.h>
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct search {
	struct symbols *s;
	const struct location *location;
	struct module *module; /* only where symbols are looked for */
	Dwarf_Addr address;
	void (*take)(void *to, const struct frame *f);
	void *to;
};

/* ---- handing over ---- */

/* "main.c:12", to be freed. */
static char *place_text(const char *file, int64_t line)
{
	char *text;

	if (!file || *file == '\0')
		return copy_text("");
	text = line > 0 ? print_text("%s:%" PRId64, text_base(file), line) :
			  copy_text(text_base(file));
	text_clean(text);
	return text;
}

/* `symbol` may be mangled.  Takes `place`. */
static void hand_over(const struct search *h, const char *symbol, char *place)
{
	const struct mapping *m = h->location->mapping;
	char *name = demangle(symbol);

	text_clean(name);
	h->take(h->to, &(struct frame){name, m ? text_base(m->file) : "", place});
	free(name);
	free(place);
}

/* ---- what the profile says itself ---- */

static void take_lines(const struct search *h)
{
	const struct location *l = h->location;
	size_t first = h->s->lines ? 0 : l->lines - 1;

	for (size_t i = first; i < l->lines; i++)
		hand_over(h, l->line[i].function,
			  h->s->lines ? place_text(l->line[i].file, l->line[i].number) :
					copy_text(""));
}

/* ---- debug information ---- */

static const char *symbol_of(Dwarf_Die *die)
{
	static const unsigned linkage[] = {DW_AT_linkage_name, DW_AT_MIPS_linkage_name};
	Dwarf_Attribute attribute;

	for (size_t i = 0; i < 2; i++)
		if (dwarf_attr_integrate(die, linkage[i], &attribute))
			return dwarf_formstring(&attribute);
	return dwarf_diename(die);
}

static int64_t number_of(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	if (!dwarf_attr(die, name, &attribute) || dwarf_formudata(&attribute, &value) != 0)
		return 0;
	return (int64_t)value;
}

/* Where the inlined function of `die` was called. */
static char *place_of_call(Dwarf_Die *cu, Dwarf_Die *die)
{
	Dwarf_Files *files;
	size_t count;
	size_t number = (size_t)number_of(die, DW_AT_call_file);

	if (dwarf_getsrcfiles(cu, &files, &count) != 0 || number >= count)
		return copy_text("");
	return place_text(dwarf_filesrc(files, number, NULL, NULL),
			  number_of(die, DW_AT_call_line));
}

/* The unit that was compiled to this address, and where it was put. */
static Dwarf_Die *find_unit(const struct search *h, Dwarf_Addr *bias)
{
	Dwfl_Module *m = h->module->dwfl;
	Dwarf_Die *cu = dwfl_module_addrdie(m, h->address, bias);

	if (cu)
		return cu;
	/* Some compilers, among them clang, write no index of addresses. */
	while ((cu = dwfl_module_nextcu(m, cu, bias)))
		if (dwarf_haspc(cu, h->address - *bias) > 0)
			break;
	return cu;
}

static char *place_of_address(const struct search *h)
{
	Dwarf_Addr bias;
	Dwarf_Die *cu = find_unit(h, &bias);
	Dwarf_Line *line = cu ? dwarf_getsrc_die(cu, h->address - bias) : NULL;
	int number = 0;

	if (line)
		dwarf_lineno(line, &number);
	return place_text(line ? dwarf_linesrc(line, NULL, NULL) : NULL, number);
}

/* The scopes around an address, from the innermost to its function; to be freed. */
static int scopes_at(Dwarf_Die *cu, Dwarf_Addr address, Dwarf_Die **scopes)
{
	Dwarf_Die *innermost;
	int count;

	if (dwarf_getscopes(cu, address, &innermost) <= 0)
		return 0;
	/* Those hold where an inlined function was defined; we want where it was called. */
	count = dwarf_getscopes_die(&innermost[0], scopes);
	free(innermost);
	return count > 0 ? count : 0;
}

/* Inlined functions and the one that has them.  Were there any? */
static bool take_scopes(const struct search *h)
{
	Dwarf_Addr bias;
	Dwarf_Die *cu = find_unit(h, &bias);
	Dwarf_Die *scopes = NULL;
	char *place = place_of_address(h);
	int count = cu ? scopes_at(cu, h->address - bias, &scopes) : 0;
	bool ended = false;

	for (int i = 0; i < count && !ended; i++) {
		int tag = dwarf_tag(&scopes[i]);
		const char *symbol = symbol_of(&scopes[i]);

		ended = tag == DW_TAG_subprogram;
		if (!ended && tag != DW_TAG_inlined_subroutine)
			continue;
		hand_over(h, symbol ? symbol : "(no name)", place);
		place = ended ? NULL : place_of_call(cu, &scopes[i]);
	}
	free(place);
	free(scopes);
	return ended;
}

/* ---- symbol tables ---- */

static void take_offset(const struct search *h, uint64_t offset)
{
	char *name = print_text("%s+0x%" PRIx64, *h->module->name ? h->module->name : "[anon]",
				offset);

	hand_over(h, name, copy_text(""));
	free(name);
}

/* The linker's own symbols, and those of variables, are none. */
static bool is_function(const GElf_Sym *symbol)
{
	return GELF_ST_TYPE(symbol->st_info) == STT_FUNC ||
	       GELF_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC;
}

static void take_symbol(const struct search *h, uint64_t offset)
{
	GElf_Off within;
	GElf_Sym symbol;
	const char *found = dwfl_module_addrinfo(h->module->dwfl, h->address, &within, &symbol,
						 NULL, NULL, NULL);
	char *name;

	if (!found)
		h->module->lacks_symbols = true;
	if (!found || !is_function(&symbol)) {
		take_offset(h, offset);
		return;
	}
	/* Some have their version, such as fopen@@GLIBC_2.2.5. */
	name = print_text("%.*s", (int)strcspn(found, "@"), found);
	hand_over(h, name, h->s->lines ? place_of_address(h) : copy_text(""));
	free(name);
}

static void take_address(struct search *h)
{
	const struct location *l = h->location;
	uint64_t offset = l->address - l->mapping->start + l->mapping->offset;
	Dwarf_Addr bias;

	h->module = modules_find(&h->s->modules, l->mapping);
	if (!h->module->dwfl || !module_address(h->module, offset, &h->address)) {
		take_offset(h, offset);
		return;
	}
	if (h->s->lines && take_scopes(h))
		return;
	if (h->s->lines)
		h->module->lacks_lines = !dwfl_module_getdwarf(h->module->dwfl, &bias);
	take_symbol(h, offset);
}

/* ---- all of it ---- */

static void take_number(const struct search *h)
{
	char *name = print_text("0x%" PRIx64, h->location->address);

	h->s->no_file = true;
	hand_over(h, name, copy_text(""));
	free(name);
}

void symbols_find(struct symbols *s, const struct location *l,
		  void (*take)(void *to, const struct frame *f), void *to)
{
	struct search h = {.s = s, .location = l, .take = take, .to = to};

	if (l->lines > 0)
		take_lines(&h);
	else if (l->mapping)
		take_address(&h);
	else
		take_number(&h);
}

/* ---- what was not found ---- */

static bool lacks_symbols(const struct module *m)
{
	return m->lacks_symbols;
}

static bool lacks_lines(const struct module *m)
{
	return m->lacks_lines;
}

/* One sentence, however many modules there are. */
static void say_modules(const struct modules *all, bool (*lacks)(const struct module *m),
			const char *sentence)
{
	char *list = copy_text("");

	for (size_t i = 0; i < all->count; i++) {
		char *longer;

		if (!lacks(all->module[i]))
			continue;
		longer = print_text("%s%s%s", list, *list ? ", " : "", all->module[i]->name);
		free(list);
		list = longer;
	}
	if (*list)
		warnx("%s: %s", sentence, list);
	free(list);
}

void symbols_close(struct symbols *s)
{
	if (s->no_file)
		warnx("some addresses belong to no file and are shown as numbers");
	say_modules(&s->modules, lacks_symbols,
		    "functions without a symbol are shown as offsets; "
		    "debug files of these may have them");
	if (!s->lines_or_not)
		say_modules(&s->modules, lacks_lines,
			    "no lines are known of these, which have no debug information");
	modules_close(&s->modules);
}
