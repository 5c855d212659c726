/* SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "packed.h"
#include "proto.h"
#include "sort.h"

/* The numbers of fields in profile.proto. */
enum { PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE, PROFILE_MAPPING, PROFILE_LOCATION,
       PROFILE_STRINGS = 6, PROFILE_TIME = 9, PROFILE_DURATION, PROFILE_PERIOD_TYPE,
       PROFILE_PERIOD, PROFILE_COMMENT, PROFILE_DEFAULT_TYPE };
enum { TYPE_NAME = 1, TYPE_UNIT };
enum { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES };
enum { MAPPING_ID = 1, MAPPING_BEGIN, MAPPING_END, MAPPING_OFFSET, MAPPING_NAME,
       MAPPING_BUILD_ID };
enum { LOCATION_ID = 1, LOCATION_MAPPING, LOCATION_ADDRESS };

/* The table of strings begins so; two for each mapping and the comments follow. */
enum { TEXT_NONE, TEXT_ALLOC_OBJECTS, TEXT_ALLOC_SPACE, TEXT_INUSE_OBJECTS,
       TEXT_INUSE_SPACE, TEXT_COUNT, TEXT_BYTES, TEXT_SPACE, TEXT_LOST_OBJECTS,
       TEXT_LOST_SPACE, TEXT_MAPPINGS };
static const char texts[TEXT_MAPPINGS][16] = {
	"", "alloc_objects", "alloc_space", "inuse_objects", "inuse_space", "count",
	"bytes", "space", "lost_objects", "lost_space",
};

/* All of it is one mapping. */
struct output {
	struct packed file;
	const struct mapping *mapping;
	size_t mappings;
	size_t addresses; /* different ones */
	uintptr_t address[];
};

/* ---- the addresses ---- */

static size_t count_addresses(const struct site *s)
{
	size_t count = 0;

	for (; s; s = s->next)
		count += s->depth;
	return count;
}

static void gather_addresses(struct output *o, const struct site *s)
{
	size_t count = 0;

	for (; s; s = s->next) {
		memcpy(o->address + count, s->pc, s->depth * sizeof(*s->pc));
		count += s->depth;
	}
	o->addresses = sort_once(o->address, count);
}

/* ---- the messages ---- */

/* A message inside the profile. */
static void add(struct output *o, unsigned field, const void *bytes, size_t size)
{
	struct proto m;

	m.length = 0;
	proto_bytes(&m, field, bytes, size);
	packed_add(&o->file, m.bytes, m.length);
}

static void add_number(struct output *o, unsigned field, uint64_t value)
{
	struct proto m;

	m.length = 0;
	proto_number(&m, field, value);
	packed_add(&o->file, m.bytes, m.length);
}

static void add_type(struct output *o, unsigned field, unsigned name, unsigned unit)
{
	struct proto m;

	m.length = 0;
	proto_number(&m, TYPE_NAME, name);
	proto_number(&m, TYPE_UNIT, unit);
	add(o, field, m.bytes, m.length);
}

static uint64_t whole_objects(uint64_t objects)
{
	return (objects + (1u << (SITE_OBJECT_SHIFT - 1))) >> SITE_OBJECT_SHIFT;
}

/*
 * Its place in the sorted list, from 1: some viewers keep 32 bits of an id.
 * pre: it is in the list
 */
static uint64_t location_id(const struct output *o, uintptr_t address)
{
	size_t first = 0, behind = o->addresses;

	while (behind - first > 1) {
		size_t middle = first + (behind - first) / 2;

		if (o->address[middle] <= address)
			first = middle;
		else
			behind = middle;
	}
	return first + 1;
}

static void add_sample(struct output *o, const struct site *s)
{
	struct proto m, part;

	if (load_relaxed(&s->total.objects) == 0)
		return;
	m.length = part.length = 0;
	for (unsigned i = 0; i < s->depth; i++)
		proto_varint(&part, location_id(o, s->pc[i]));
	proto_bytes(&m, SAMPLE_LOCATIONS, part.bytes, part.length);
	part.length = 0;
	proto_varint(&part, whole_objects(load_relaxed(&s->total.objects)));
	proto_varint(&part, load_relaxed(&s->total.bytes));
	proto_varint(&part, whole_objects(load_relaxed(&s->live.objects)));
	proto_varint(&part, load_relaxed(&s->live.bytes));
	proto_bytes(&m, SAMPLE_VALUES, part.bytes, part.length);
	add(o, PROFILE_SAMPLE, m.bytes, m.length);
}

static void add_mapping(struct output *o, size_t i)
{
	const struct mapping *mapping = &o->mapping[i];
	struct proto m;

	m.length = 0;
	proto_number(&m, MAPPING_ID, i + 1);
	proto_number(&m, MAPPING_BEGIN, mapping->begin);
	proto_number(&m, MAPPING_END, mapping->end);
	proto_number(&m, MAPPING_OFFSET, mapping->offset);
	proto_number(&m, MAPPING_NAME, TEXT_MAPPINGS + 2 * i);
	proto_number(&m, MAPPING_BUILD_ID, TEXT_MAPPINGS + 2 * i + 1);
	add(o, PROFILE_MAPPING, m.bytes, m.length);
}

/* The id of a mapping, 0: of none. */
static size_t mapping_of(const struct output *o, uintptr_t address)
{
	for (size_t i = 0; i < o->mappings; i++)
		if (address >= o->mapping[i].begin && address < o->mapping[i].end)
			return i + 1;
	return 0;
}

static void add_location(struct output *o, size_t i)
{
	uintptr_t address = o->address[i];
	struct proto m;

	m.length = 0;
	proto_number(&m, LOCATION_ID, i + 1);
	proto_number(&m, LOCATION_MAPPING, mapping_of(o, address));
	proto_number(&m, LOCATION_ADDRESS, address);
	add(o, PROFILE_LOCATION, m.bytes, m.length);
}

static void add_text(struct output *o, const char *text)
{
	add(o, PROFILE_STRINGS, text, strlen(text));
}

static void add_texts(struct output *o, const char *const *comment)
{
	for (size_t i = 0; i < TEXT_MAPPINGS; i++)
		add_text(o, texts[i]);
	for (size_t i = 0; i < o->mappings; i++) {
		add_text(o, o->mapping[i].name);
		add_text(o, o->mapping[i].build_id);
	}
	for (size_t i = 0; comment && comment[i]; i++) {
		add_text(o, comment[i]);
		add_number(o, PROFILE_COMMENT, TEXT_MAPPINGS + 2 * o->mappings + i);
	}
}

static void add_facts(struct output *o, const struct profile_facts *facts)
{
	struct timespec t;
	int64_t now;

	clock_gettime(CLOCK_REALTIME, &t);
	now = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
	add_type(o, PROFILE_SAMPLE_TYPE,
		 facts->leaks ? TEXT_LOST_OBJECTS : TEXT_ALLOC_OBJECTS, TEXT_COUNT);
	add_type(o, PROFILE_SAMPLE_TYPE,
		 facts->leaks ? TEXT_LOST_SPACE : TEXT_ALLOC_SPACE, TEXT_BYTES);
	add_type(o, PROFILE_SAMPLE_TYPE, TEXT_INUSE_OBJECTS, TEXT_COUNT);
	add_type(o, PROFILE_SAMPLE_TYPE, TEXT_INUSE_SPACE, TEXT_BYTES);
	add_type(o, PROFILE_PERIOD_TYPE, TEXT_SPACE, TEXT_BYTES);
	add_number(o, PROFILE_PERIOD, facts->mean);
	add_number(o, PROFILE_DEFAULT_TYPE, TEXT_INUSE_SPACE);
	add_number(o, PROFILE_TIME, (uint64_t)now);
	if (now > facts->began)
		add_number(o, PROFILE_DURATION, (uint64_t)(now - facts->began));
}

static int write_profile(struct output *o, const char *path,
			 const struct profile_facts *facts)
{
	int error = packed_open(&o->file, path);

	if (error != 0)
		return error;
	add_facts(o, facts);
	for (const struct site *s = facts->sites; s; s = s->next)
		add_sample(o, s);
	for (size_t i = 0; i < o->mappings; i++)
		add_mapping(o, i);
	for (size_t i = 0; i < o->addresses; i++)
		add_location(o, i);
	add_texts(o, facts->comments);
	return packed_close(&o->file);
}

int output_write(const char *path, const struct profile_facts *facts,
		 const struct mapping *mapping, size_t mappings)
{
	size_t size = sizeof(struct output) +
		      count_addresses(facts->sites) * sizeof(uintptr_t);
	struct output *o = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error;

	if (o == MAP_FAILED)
		return ENOMEM;
	o->mapping = mapping;
	o->mappings = mappings;
	gather_addresses(o, facts->sites);
	error = write_profile(o, path, facts);
	munmap(o, size);
	return error;
}
