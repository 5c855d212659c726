/* SPDX-License-Identifier: MIT */
#include "profile.h"

#include "profile.pb-c.h"
#include "text.h"
#include "tools/hakmem-bench/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- bounded memory ---- */

/* The decoder makes up to 80 bytes of two bytes of the file. */
#define DECODED_MOST ((size_t)512 << 20)

static void *take(void *left, size_t size)
{
	size_t *rest = left;

	if (size > *rest) {
		errno = ENOMEM;
		return NULL;
	}
	*rest -= size;
	return malloc(size);
}

static void give(void *left, void *block)
{
	(void)left;
	free(block);
}

static Pprof__Profile *unpack(const uint8_t *data, size_t size)
{
	size_t left = DECODED_MOST;
	ProtobufCAllocator bounded = {take, give, &left};

	errno = 0;
	return pprof__profile__unpack(&bounded, size, data);
}

/* ---- records by their ids ---- */

struct entry {
	uint64_t id;
	size_t place;
};

struct ids {
	struct entry *entry;
	size_t count;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Sorts them; 0, or an id that two records have. */
static uint64_t ids_sort(struct ids *ids)
{
	qsort(ids->entry, ids->count, sizeof(*ids->entry), compare_entries);
	for (size_t i = 1; i < ids->count; i++)
		if (ids->entry[i].id == ids->entry[i - 1].id)
			return ids->entry[i].id;
	return 0;
}

#define NOWHERE SIZE_MAX

static size_t ids_find(const struct ids *ids, uint64_t id)
{
	struct entry key = {id, 0};
	const struct entry *found = bsearch(&key, ids->entry, ids->count,
					    sizeof(key), compare_entries);

	return found ? found->place : NOWHERE;
}

/* ---- from the message to the profile ---- */

struct reading {
	struct profile *p;
	const Pprof__Profile *m;
	struct ids mapping, location, function;
	size_t kind; /* of the values of each sample */
	char *why; /* NULL as long as all is well */
};

/* Keeps the first reason. */
#define refuse_profile(r, ...) \
	((r)->why = (r)->why ? (r)->why : print_text(__VA_ARGS__))

/* The text at that place; "" if it is nowhere. */
static const char *text_at(struct reading *r, int64_t place)
{
	if (place == 0 && r->m->n_string_table == 0)
		return "";
	if (place >= 0 && (uint64_t)place < r->m->n_string_table)
		return r->m->string_table[place];
	refuse_profile(r, "names text %" PRId64 " of a table of %zu; perhaps its end is missing",
		       place, r->m->n_string_table);
	return "";
}

/* Fills r->RECORD of the records of that kind in the message. */
#define read_ids(r, record)                                                            \
	do {                                                                           \
		uint64_t twice;                                                        \
		(r)->record.count = (r)->m->n_##record;                                \
		(r)->record.entry = get_memory((r)->m->n_##record, sizeof(struct entry)); \
		for (size_t i_ = 0; i_ < (r)->m->n_##record; i_++)                     \
			(r)->record.entry[i_] =                                        \
				(struct entry){(r)->m->record[i_]->id, i_};            \
		twice = ids_sort(&(r)->record);                                        \
		if (twice != 0)                                                        \
			refuse_profile(r, "has two records " #record " %" PRIu64, twice); \
	} while (0)

static void read_mappings(struct reading *r)
{
	struct profile *p = r->p;

	p->mapping = get_memory(r->m->n_mapping, sizeof(*p->mapping));
	for (; p->mappings < r->m->n_mapping; p->mappings++) {
		const Pprof__Mapping *m = r->m->mapping[p->mappings];

		p->mapping[p->mappings] = (struct mapping){
			.start = m->memory_start,
			.offset = m->file_offset,
			.file = text_at(r, m->filename),
			.build_id = text_at(r, m->build_id),
		};
	}
}

static struct line line_of(struct reading *r, const Pprof__Line *l)
{
	size_t place = ids_find(&r->function, l->function_id);
	const Pprof__Function *f;
	struct line line = {.number = l->line};

	if (place == NOWHERE) {
		refuse_profile(r, "has a line of function %" PRIu64 ", which is not there",
			       l->function_id);
		return line;
	}
	f = r->m->function[place];
	line.function = text_at(r, f->name);
	if (*line.function == '\0')
		line.function = text_at(r, f->system_name);
	line.file = text_at(r, f->filename);
	return line;
}

static void read_location(struct reading *r, struct location *to, const Pprof__Location *l)
{
	size_t place = ids_find(&r->mapping, l->mapping_id);

	to->address = l->address;
	if (l->mapping_id != 0 && place == NOWHERE)
		refuse_profile(r, "has an address of mapping %" PRIu64 ", which is not there",
			       l->mapping_id);
	else if (l->mapping_id != 0)
		to->mapping = &r->p->mapping[place];
	to->lines = l->n_line;
	to->line = get_memory(l->n_line, sizeof(*to->line));
	for (size_t i = 0; i < l->n_line; i++)
		to->line[i] = line_of(r, l->line[i]);
}

static void read_locations(struct reading *r)
{
	struct profile *p = r->p;

	p->location = get_memory(r->m->n_location, sizeof(*p->location));
	for (; p->locations < r->m->n_location && !r->why; p->locations++)
		read_location(r, &p->location[p->locations], r->m->location[p->locations]);
}

static void read_stack(struct reading *r, struct sample *to, const Pprof__Sample *s)
{
	to->stack = get_memory(s->n_location_id, sizeof(struct location *));
	for (; to->depth < s->n_location_id; to->depth++) {
		size_t place = ids_find(&r->location, s->location_id[to->depth]);

		if (place == NOWHERE) {
			refuse_profile(r, "has a sample at location %" PRIu64
				       ", which is not there", s->location_id[to->depth]);
			return;
		}
		to->stack[to->depth] = &r->p->location[place];
	}
}

static void read_value(struct reading *r, struct sample *to, const Pprof__Sample *s)
{
	if (s->n_value != r->m->n_sample_type)
		refuse_profile(r, "has a sample with %zu values, and %zu kinds of values",
			       s->n_value, r->m->n_sample_type);
	else if (s->value[r->kind] < 0)
		refuse_profile(r, "has values below zero; use hakmem-heap diff on the two "
			       "profiles that it was made from");
	else
		to->value = (uint64_t)s->value[r->kind];
	if (__builtin_add_overflow(r->p->total, to->value, &r->p->total) ||
	    r->p->total > INT64_MAX)
		refuse_profile(r, "has values whose sum needs more than 63 bits");
}

static void read_samples(struct reading *r)
{
	struct profile *p = r->p;

	p->sample = get_memory(r->m->n_sample, sizeof(*p->sample));
	for (; p->samples < r->m->n_sample && !r->why; p->samples++) {
		read_stack(r, &p->sample[p->samples], r->m->sample[p->samples]);
		read_value(r, &p->sample[p->samples], r->m->sample[p->samples]);
	}
}

static void read_comments(struct reading *r)
{
	struct profile *p = r->p;

	p->comment = get_memory(r->m->n_comment, sizeof(*p->comment));
	for (; p->comments < r->m->n_comment; p->comments++)
		p->comment[p->comments] = text_at(r, r->m->comment[p->comments]);
}

/* ---- the kind of values ---- */

/* All kinds that there are, with commas; to be freed. */
static char *kinds_of(struct reading *r)
{
	char *list = copy_text("");

	for (size_t i = 0; i < r->m->n_sample_type; i++) {
		char *longer = print_text("%s%s%s", list, i == 0 ? "" : ", ",
					  text_at(r, r->m->sample_type[i]->type));

		free(list);
		list = longer;
		/* A list that nobody reads to its end is not made either. */
		if (strlen(list) > 200)
			break;
	}
	return list;
}

static void read_kind(struct reading *r, const char *kind)
{
	char *list;

	for (r->kind = 0; r->kind < r->m->n_sample_type; r->kind++) {
		const Pprof__ValueType *t = r->m->sample_type[r->kind];

		r->p->kind = text_at(r, t->type);
		r->p->unit = text_at(r, t->unit);
		if (strcmp(r->p->kind, kind) == 0)
			return;
	}
	list = kinds_of(r);
	refuse_profile(r, "has no values %s, but %s", kind, *list ? list : "none at all");
	free(list);
}

/* ---- all of it ---- */

static void clean(Pprof__Profile *m)
{
	for (size_t i = 0; i < m->n_string_table; i++)
		text_clean(m->string_table[i]);
}

static void read_message(struct reading *r, const char *kind)
{
	read_kind(r, kind);
	read_ids(r, mapping);
	read_ids(r, function);
	read_ids(r, location);
	read_mappings(r);
	read_comments(r);
	read_locations(r);
	if (!r->why)
		read_samples(r);
	free(r->mapping.entry);
	free(r->function.entry);
	free(r->location.entry);
}

char *profile_decode(struct profile *p, const uint8_t *data, size_t size, const char *kind)
{
	Pprof__Profile *m = unpack(data, size);
	struct reading r = {.p = p, .m = m};

	*p = (struct profile){.message = m};
	if (!m)
		return copy_text(errno == ENOMEM ?
				 "is too large: its records need more than 512 MiB" :
				 "is not a profile in pprof's format, or its end is missing");
	clean(m);
	read_message(&r, kind);
	if (r.why)
		profile_free(p);
	return r.why;
}

void profile_free(struct profile *p)
{
	for (size_t i = 0; i < p->samples; i++)
		free(p->sample[i].stack);
	for (size_t i = 0; i < p->locations; i++)
		free(p->location[i].line);
	free(p->sample);
	free(p->location);
	free(p->mapping);
	free(p->comment);
	pprof__profile__free_unpacked(p->message, NULL);
	*p = (struct profile){.message = NULL};
}
