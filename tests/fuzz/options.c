/* SPDX-License-Identifier: MIT */
/*
 * fuzz: one setting, "NAME=value" without its HAKMEM_, from the environment and
 * from a file.  Whatever it says, each option keeps a value of its range.
 */
/* What takes one setting is that file's own. */
#include "options/options.c"

#include "fuzz.h"

static void check_row(int i)
{
	const struct option_row *row = &option_rows[i];
	int64_t value = option_values[i];

	must(value >= row->minimum && value <= row->maximum);
	if (row->type == OPTION_TYPE_TEXT)
		must(strlen(option_texts[i]) == (size_t)value);
}

/* A setting that is exactly one row's name and a fitting number is taken. */
static void check_taken(const char *text)
{
	char *end;
	size_t length = strcspn(text, "=");
	enum option option = find(text, length);
	unsigned long long number;

	if (option == OPTION_COUNT || text[length] == '\0' ||
	    option_rows[option].type != OPTION_TYPE_INT ||
	    strcmp(text + length + 1, option_rows[option].choices) == 0)
		return;
	text += length + 1;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    number > INT64_MAX)
		number = UINT64_MAX;
	if (number >= (uint64_t)option_rows[option].minimum &&
	    number <= (uint64_t)option_rows[option].maximum)
		must(option_values[option] == (int64_t)number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct origin environment;
	static const struct origin file = {.file = "a file", .line = 7, .ours = true};
	char *text = fuzz_text(data, size);
	char *entry = malloc(PREFIX_LENGTH + strlen(text) + 1);

	memcpy(entry, PREFIX, PREFIX_LENGTH);
	strcpy(entry + PREFIX_LENGTH, text);
	for (int i = 0; i < OPTION_COUNT; i++) {
		option_values[i] = option_rows[i].standard;
		option_texts[i][0] = '\0';
	}
	apply_line(text, &file);
	apply_line(entry, &file);
	if (strchr(text, '='))
		set(judge(entry, &environment), &environment);
	check_taken(text);
	for (int i = 0; i < OPTION_COUNT; i++)
		check_row(i);
	must(options_find(entry) <= OPTION_COUNT);
	free(entry);
	free(text);
	return 0;
}
