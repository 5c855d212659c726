/* SPDX-License-Identifier: MIT */
/*
 * make_profile: writes a profile of what stdin describes, one record a line:
 *   kind NAME UNIT                    of values
 *   mapping ID START OFFSET FILE BUILD-ID
 *   location ID MAPPING ADDRESS       in hexadecimal
 *   function ID NAME FILE
 *   line LOCATION FUNCTION NUMBER     belongs to the location that stands before it
 *   sample ID,ID,... VALUE,VALUE,...  the innermost location first
 *   text NUMBER                       the file of the last mapping, by its number
 * "-" is an empty text or list.  Nothing is checked, so that a profile can be wrong.
 */
#include "profile.pb-c.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 4096

static Pprof__Profile profile = PPROF__PROFILE__INIT;

static void *zeroed(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		err(EXIT_FAILURE, "calloc");
	return memory;
}

/* Adds a record at the end of a list with room for MOST. */
#define add(list, type, name)                                                   \
	Pprof__##type *name = zeroed(sizeof(*name));                            \
	pprof__##name##__init(name);                                            \
	if (!profile.list)                                                      \
		profile.list = zeroed(MOST * sizeof(*profile.list));            \
	if (profile.n_##list == MOST)                                           \
		errx(EXIT_FAILURE, "too many records");                         \
	profile.list[profile.n_##list++] = name

static int64_t text(const char *word)
{
	if (strcmp(word, "-") == 0)
		word = "";
	for (size_t i = 0; i < profile.n_string_table; i++)
		if (strcmp(profile.string_table[i], word) == 0)
			return (int64_t)i;
	if (profile.n_string_table == MOST)
		errx(EXIT_FAILURE, "too many texts");
	profile.string_table[profile.n_string_table] = strdup(word);
	return (int64_t)profile.n_string_table++;
}

static size_t numbers(char *list, int64_t **to)
{
	size_t count = 0;

	*to = zeroed(MOST * sizeof(**to));
	if (strcmp(list, "-") == 0)
		return 0;
	for (char *word = strtok(list, ","); word; word = strtok(NULL, ","))
		(*to)[count++] = strtoll(word, NULL, 10);
	return count;
}

static void add_line(char (*word)[MOST])
{
	Pprof__Location *l = profile.location[profile.n_location - 1];
	Pprof__Line *line = zeroed(sizeof(*line));

	pprof__line__init(line);
	line->function_id = strtoull(word[2], NULL, 10);
	line->line = strtoll(word[3], NULL, 10);
	l->line = realloc(l->line, (l->n_line + 1) * sizeof(Pprof__Line *));
	l->line[l->n_line++] = line;
}

static void add_sample(char (*word)[MOST])
{
	add(sample, Sample, sample);
	sample->n_location_id = numbers(word[1], (int64_t **)&sample->location_id);
	sample->n_value = numbers(word[2], &sample->value);
}

static void add_mapping(char (*word)[MOST])
{
	add(mapping, Mapping, mapping);
	mapping->id = strtoull(word[1], NULL, 10);
	mapping->memory_start = strtoull(word[2], NULL, 16);
	mapping->file_offset = strtoull(word[3], NULL, 16);
	mapping->filename = text(word[4]);
	mapping->build_id = text(word[5]);
}

static void add_location(char (*word)[MOST])
{
	add(location, Location, location);
	location->id = strtoull(word[1], NULL, 10);
	location->mapping_id = strtoull(word[2], NULL, 10);
	location->address = strtoull(word[3], NULL, 16);
}

static void add_function(char (*word)[MOST])
{
	add(function, Function, function);
	function->id = strtoull(word[1], NULL, 10);
	function->name = text(word[2]);
	function->filename = text(word[3]);
}

static void add_kind(char (*word)[MOST])
{
	add(sample_type, ValueType, value_type);
	value_type->type = text(word[1]);
	value_type->unit = text(word[2]);
}

static void set_text(char (*word)[MOST])
{
	profile.mapping[profile.n_mapping - 1]->filename = strtoll(word[1], NULL, 10);
}

static const struct {
	const char *name;
	void (*read)(char (*word)[MOST]);
} records[] = {
	{"kind", add_kind},
	{"mapping", add_mapping},
	{"location", add_location},
	{"function", add_function},
	{"line", add_line},
	{"sample", add_sample},
	{"text", set_text},
};

static void add_record(char (*word)[MOST])
{
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		if (strcmp(records[i].name, word[0]) == 0) {
			records[i].read(word);
			return;
		}
	errx(EXIT_FAILURE, "there is no record %s", word[0]);
}

int main(void)
{
	static char line[2 * MOST], word[6][MOST];
	static uint8_t *packed;
	size_t size;

	profile.string_table = zeroed(MOST * sizeof(char *));
	text("");
	while (fgets(line, sizeof(line), stdin)) {
		memset(word, 0, sizeof(word));
		if (sscanf(line, "%4095s %4095s %4095s %4095s %4095s %4095s", word[0], word[1],
			   word[2], word[3], word[4], word[5]) > 0)
			add_record(word);
	}
	packed = zeroed(pprof__profile__get_packed_size(&profile) + 1);
	size = pprof__profile__pack(&profile, packed);
	return fwrite(packed, 1, size, stdout) == size && fflush(stdout) == 0 ? EXIT_SUCCESS :
										EXIT_FAILURE;
}
