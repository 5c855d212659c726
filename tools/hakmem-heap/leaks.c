/* SPDX-License-Identifier: MIT */
#include "leaks.h"

#include "bench/common.h"
#include "bytes.h"
#include "heap.h"
#include "suppress.h"
#include "tools/hakmem-bench/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The kinds of values in such a profile. */
enum kind { LOST_OBJECTS, LOST_SPACE, ALL_OBJECTS, ALL_SPACE, KINDS };
static const char *const kind_names[KINDS] = {
	"lost_objects", "lost_space", "inuse_objects", "inuse_space",
};

struct leak {
	uint64_t value[KINDS];
	const struct stack *stack;
};

/* Leaks of one process: those that are shown, and those that are not. */
struct sums {
	uint64_t value[KINDS];
	size_t places;
};

struct reading {
	const struct arguments *a;
	FILE *out;
	struct suppressions known;
	struct symbols symbols;
	bool found; /* a leak was shown */
};

/* ---- one file ---- */

static void add_values(struct profile *p, struct leak *leak, enum kind kind)
{
	for (size_t i = 0; i < p->samples; i++)
		leak[i].value[kind] = p->sample[i].value;
}

/* Decodes all kinds; `p` is then that of the last. */
static struct leak *decode(struct profile *p, const char *path)
{
	struct bytes b = bytes_read(path);
	struct leak *leak = NULL;

	for (int kind = 0; kind < KINDS; kind++) {
		char *why = profile_decode(p, b.data, b.size, kind_names[kind]);

		if (why)
			fail("%s %s", heap_file_name(path), why);
		if (!leak)
			leak = get_memory(p->samples, sizeof(*leak));
		add_values(p, leak, (enum kind)kind);
		if (kind + 1 < KINDS)
			profile_free(p);
	}
	free(b.data);
	return leak;
}

static int compare_leaks(const void *a, const void *b)
{
	const struct leak *x = a, *y = b;

	for (int kind = KINDS - 1; kind >= 0; kind--)
		if (x->value[kind] != y->value[kind])
			return x->value[kind] < y->value[kind] ? 1 : -1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

/* Its name, its place in the source, or its file. */
static bool is_known_function(const struct suppressions *known, const struct name *n)
{
	char *function = print_text("%.*s", (int)n->function, n->label);
	bool found = suppress_matches(known, function) ||
		     suppress_matches(known, n->label + n->function +
						     (n->label[n->function] == ' ')) ||
		     suppress_matches(known, n->module);

	free(function);
	return found;
}

static bool is_known(const struct suppressions *known, const struct stacks *all,
		     const struct stack *s)
{
	for (size_t i = 0; i < s->depth; i++)
		if (is_known_function(known, &all->names.name[s->name[i]]))
			return true;
	return false;
}

static void add_up(struct sums *s, const struct leak *leak)
{
	for (int kind = 0; kind < KINDS; kind++)
		s->value[kind] += leak->value[kind];
	s->places++;
}

/* ---- text ---- */

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void write_amount(FILE *out, uint64_t bytes, uint64_t blocks)
{
	fprintf(out, "%" PRIu64 " byte%s in %" PRIu64 " block%s", bytes, plural(bytes), blocks,
		plural(blocks));
}

static void write_leak(FILE *out, const struct stacks *all, const struct leak *leak)
{
	fputs("leak: ", out);
	write_amount(out, leak->value[ALL_SPACE], leak->value[ALL_OBJECTS]);
	if (leak->value[ALL_OBJECTS] != leak->value[LOST_OBJECTS]) {
		fputs("; allocated here: ", out);
		write_amount(out, leak->value[LOST_SPACE], leak->value[LOST_OBJECTS]);
		fputs(", and the rest hangs on them", out);
	}
	fputc('\n', out);
	for (size_t i = 0; i < leak->stack->depth; i++) {
		char *name = name_with_module(&all->names.name[leak->stack->name[i]]);

		fprintf(out, "    %s\n", name);
		free(name);
	}
}

static void write_sums(FILE *out, const char *word, const struct sums *s)
{
	fprintf(out, "%s: ", word);
	write_amount(out, s->value[ALL_SPACE], s->value[ALL_OBJECTS]);
	fprintf(out, ", from %zu place%s\n", s->places, plural(s->places));
}

static void write_comments(FILE *out, const struct profile *p)
{
	for (size_t i = 0; i < p->comments; i++)
		fprintf(out, "%s\n", p->comment[i]);
}

/* Samples without a value have no stack: they go.  Returns how many are left. */
static size_t add_stacks(struct leak *leak, size_t count, const struct stacks *all)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (leak[i].value[ALL_SPACE] > 0) {
			leak[kept] = leak[i];
			leak[kept].stack = &all->stack[kept];
			kept++;
		}
	qsort(leak, kept, sizeof(*leak), compare_leaks);
	return kept;
}

static void write_leaks(struct reading *r, const struct stacks *all,
			const struct leak *leak, size_t count)
{
	struct sums shown = {.places = 0}, known = {.places = 0};

	for (size_t i = 0; i < count; i++) {
		bool hidden = is_known(&r->known, all, leak[i].stack);

		add_up(hidden ? &known : &shown, &leak[i]);
		if (!hidden && shown.places <= r->a->number)
			write_leak(r->out, all, &leak[i]);
	}
	if (shown.places > r->a->number)
		fprintf(r->out, "%zu more (-n 0 shows all)\n", shown.places - r->a->number);
	write_sums(r->out, "lost", &shown);
	if (known.places > 0)
		write_sums(r->out, "suppressed", &known);
	r->found |= shown.places > 0;
}

static void read_file(struct reading *r, const char *path)
{
	struct stacks all = {.all_frames = r->a->all_frames};
	struct profile p;
	struct leak *leak = decode(&p, path);

	write_comments(r->out, &p);
	stacks_add(&all, &p, NOW, &r->symbols);
	write_leaks(r, &all, leak, add_stacks(leak, p.samples, &all));
	free(leak);
	stacks_free(&all);
	profile_free(&p);
}

/* ---- folders ---- */

static int is_profile(const struct dirent *e)
{
	size_t length = strlen(e->d_name);

	return length > 6 && strcmp(e->d_name + length - 6, ".pb.gz") == 0;
}

/* Its profiles, in the order of the numbers in their names. */
static void read_folder(struct reading *r, const char *path)
{
	struct dirent **entry;
	int count = scandir(path, &entry, is_profile, versionsort);

	if (count < 0)
		fail("%s: %s", path, strerror(errno));
	for (int i = 0; i < count; i++) {
		char *file = print_text("%s/%s", path, entry[i]->d_name);

		read_file(r, file);
		free(file);
		free(entry[i]);
	}
	free(entry);
}

int command_leaks(const struct arguments *a, FILE *out)
{
	struct reading r = {
		.a = a, .out = out,
		.symbols = {.lines = true, .lines_or_not = !a->lines},
	};
	struct stat st;

	for (size_t i = 0; a->suppress[i]; i++)
		suppress_read(&r.known, a->suppress[i]);
	for (int i = 0; i < a->count; i++)
		if (stat(a->files[i], &st) == 0 && S_ISDIR(st.st_mode))
			read_folder(&r, a->files[i]);
		else
			read_file(&r, a->files[i]);
	symbols_close(&r.symbols);
	suppress_free(&r.known);
	return r.found ? STATUS_LEAKS : 0;
}
