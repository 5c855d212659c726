/* SPDX-License-Identifier: MIT */
/*
 * pprof: the stacks as a profile in pprof's format whose functions have names.  Some
 * viewers look up none: speedscope leaves functions without a name out, and Perfetto
 * calls them unknown.
 */
#include "heap.h"

#include "bench/common.h"
#include "profile.pb-c.h"
#include "tools/hakmem-bench/memory.h"

#include <stdlib.h>
#include <zlib.h>

#define WINDOW_GZIP (15 + 16)
#define MEMORY_LEVEL 8

/* The table of strings begins so; the label and the module of each name follow. */
enum { TEXT_NONE, TEXT_KIND, TEXT_UNIT, TEXT_NAMES };

/* Records of one type, and the pointers to them that the message has. */
#define MAKE(count, record, pointers)                        \
	do {                                                 \
		record = get_memory(count, sizeof(*record)); \
		pointers = get_memory(count, sizeof(record)); \
		for (size_t i_ = 0; i_ < (count); i_++)      \
			pointers[i_] = &record[i_];          \
	} while (0)

static void make_texts(Pprof__Profile *m, const struct arguments *a, const struct heap *h)
{
	const struct names *n = &h->stacks.names;

	m->n_string_table = TEXT_NAMES + 2 * n->count;
	m->string_table = get_memory(m->n_string_table, sizeof(*m->string_table));
	m->string_table[TEXT_NONE] = copy_text("");
	m->string_table[TEXT_KIND] = copy_text(a->kind);
	m->string_table[TEXT_UNIT] = copy_text(h->unit);
	for (size_t i = 0; i < n->count; i++) {
		m->string_table[TEXT_NAMES + 2 * i] = copy_text(n->name[i].label);
		m->string_table[TEXT_NAMES + 2 * i + 1] = copy_text(n->name[i].module);
	}
}

/* Each name is a function, and a location with this one function. */
static void make_functions(Pprof__Profile *m, size_t count)
{
	Pprof__Function *function;
	Pprof__Location *location;
	Pprof__Line *line, **lines;

	MAKE(count, function, m->function);
	MAKE(count, location, m->location);
	MAKE(count, line, lines);
	m->n_function = m->n_location = count;
	for (size_t i = 0; i < count; i++) {
		pprof__function__init(&function[i]);
		function[i].id = i + 1;
		function[i].name = function[i].system_name = (int64_t)(TEXT_NAMES + 2 * i);
		function[i].filename = function[i].name + 1;
		pprof__line__init(&line[i]);
		line[i].function_id = i + 1;
		pprof__location__init(&location[i]);
		location[i].id = i + 1;
		location[i].n_line = 1;
		location[i].line = &lines[i];
	}
}

static void make_samples(Pprof__Profile *m, const struct stacks *all)
{
	Pprof__Sample *sample;

	MAKE(all->count, sample, m->sample);
	m->n_sample = all->count;
	for (size_t i = 0; i < all->count; i++) {
		const struct stack *s = &all->stack[i];

		pprof__sample__init(&sample[i]);
		sample[i].n_value = 1;
		sample[i].value = get_memory(1, sizeof(int64_t));
		sample[i].value[0] = (int64_t)s->value[NOW];
		sample[i].n_location_id = s->depth;
		sample[i].location_id = get_memory(s->depth, sizeof(uint64_t));
		for (size_t f = 0; f < s->depth; f++)
			sample[i].location_id[f] = s->name[f] + 1;
	}
}

static void write_packed(FILE *out, uint8_t *bytes, size_t size)
{
	z_stream z = {.next_in = bytes, .avail_in = (uInt)size};
	uint8_t *packed;
	uLong most;

	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		fail("out of memory");
	most = deflateBound(&z, (uLong)size);
	z.next_out = packed = get_memory(1, most);
	z.avail_out = (uInt)most;
	deflate(&z, Z_FINISH);
	/* Errors of writing are seen when the stream is closed. */
	fwrite(packed, 1, z.total_out, out);
	deflateEnd(&z);
	free(packed);
}

/* The program ends behind it: the records are not freed. */
void command_pprof(const struct arguments *a, const struct heap *h, FILE *out)
{
	Pprof__Profile m = PPROF__PROFILE__INIT;
	Pprof__ValueType *type;
	uint8_t *bytes;

	make_texts(&m, a, h);
	MAKE(1, type, m.sample_type);
	m.n_sample_type = 1;
	pprof__value_type__init(type);
	type->type = TEXT_KIND;
	type->unit = TEXT_UNIT;
	make_functions(&m, h->stacks.names.count);
	make_samples(&m, &h->stacks);
	bytes = get_memory(1, pprof__profile__get_packed_size(&m));
	write_packed(out, bytes, pprof__profile__pack(&m, bytes));
	free(bytes);
}
