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
	m->function = get_memory(count, sizeof(*m->function));
	m->location = get_memory(count, sizeof(*m->location));
	m->n_function = m->n_location = count;
	for (size_t i = 0; i < count; i++) {
		Pprof__Function *function = get_memory(1, sizeof(*function));
		Pprof__Location *location = get_memory(1, sizeof(*location));
		Pprof__Line *line = get_memory(1, sizeof(*line));

		pprof__function__init(function);
		function->id = i + 1;
		function->name = function->system_name = (int64_t)(TEXT_NAMES + 2 * i);
		function->filename = function->name + 1;
		pprof__line__init(line);
		line->function_id = i + 1;
		pprof__location__init(location);
		location->id = i + 1;
		location->n_line = 1;
		location->line = get_memory(1, sizeof(*location->line));
		location->line[0] = line;
		m->function[i] = function;
		m->location[i] = location;
	}
}

static void make_samples(Pprof__Profile *m, const struct stacks *all)
{
	m->sample = get_memory(all->count, sizeof(*m->sample));
	m->n_sample = all->count;
	for (size_t i = 0; i < all->count; i++) {
		const struct stack *s = &all->stack[i];
		Pprof__Sample *sample = get_memory(1, sizeof(*sample));

		pprof__sample__init(sample);
		sample->n_value = 1;
		sample->value = get_memory(1, sizeof(int64_t));
		sample->value[0] = (int64_t)s->value[NOW];
		sample->n_location_id = s->depth;
		sample->location_id = get_memory(s->depth, sizeof(uint64_t));
		for (size_t f = 0; f < s->depth; f++)
			sample->location_id[f] = s->name[f] + 1;
		m->sample[i] = sample;
	}
}

static void make_type(Pprof__Profile *m)
{
	Pprof__ValueType *type = get_memory(1, sizeof(*type));

	pprof__value_type__init(type);
	type->type = TEXT_KIND;
	type->unit = TEXT_UNIT;
	m->sample_type = get_memory(1, sizeof(*m->sample_type));
	m->sample_type[0] = type;
	m->n_sample_type = 1;
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

/* All that the message has is memory of its own, as if it had been read. */
void command_pprof(const struct arguments *a, const struct heap *h, FILE *out)
{
	Pprof__Profile *m = get_memory(1, sizeof(*m));
	uint8_t *bytes;

	pprof__profile__init(m);
	make_texts(m, a, h);
	make_type(m);
	make_functions(m, h->stacks.names.count);
	make_samples(m, &h->stacks);
	bytes = get_memory(1, pprof__profile__get_packed_size(m));
	write_packed(out, bytes, pprof__profile__pack(m, bytes));
	free(bytes);
	pprof__profile__free_unpacked(m, NULL);
}
