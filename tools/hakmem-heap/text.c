/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The bytes of the character at `c`; 0 if there is none that may be shown. */
static size_t character(const char *c)
{
	unsigned char first = (unsigned char)*c;
	size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 :
			first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

	if (first < ' ' || first == 0x7f)
		return 0;
	for (size_t i = 1; i < length; i++)
		if (!is_continuation(c[i]))
			return 0;
	/* Control characters of Latin 1, long forms, surrogates, beyond U+10FFFF, U+FFFE. */
	if ((first == 0xc2 && (unsigned char)c[1] < 0xa0) ||
	    (first == 0xe0 && (unsigned char)c[1] < 0xa0) ||
	    (first == 0xed && (unsigned char)c[1] > 0x9f) ||
	    (first == 0xf0 && (unsigned char)c[1] < 0x90) ||
	    (first == 0xf4 && (unsigned char)c[1] > 0x8f) ||
	    (first == 0xef && (unsigned char)c[1] == 0xbf && (unsigned char)c[2] > 0xbd))
		return 0;
	return length;
}

void text_clean(char *text)
{
	while (*text != '\0') {
		size_t length = character(text);

		if (length == 0) {
			*text = '?';
			length = 1;
		}
		text += length;
	}
}

const char *text_number(char *out, uint64_t value, const char *unit)
{
	static const char *const bytes[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
	static const char *const counts[] = {"", " k", " M", " G", " T", " P", " E"};
	bool is_bytes = strcmp(unit, "bytes") == 0;
	double scaled = (double)value;
	size_t step = 0;

	/* What would be written as 1000 is one of the next unit, also of bytes. */
	while (scaled >= 999.5) {
		scaled /= is_bytes ? 1024 : 1000;
		step++;
	}
	snprintf(out, NUMBER_SIZE, "%.*f%s",
		 step == 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2, scaled,
		 is_bytes ? bytes[step] : counts[step]);
	return out;
}

const char *text_growth(char *out, uint64_t before, uint64_t after, const char *unit)
{
	out[0] = after > before ? '+' : after < before ? '-' : ' ';
	text_number(out + 1, after > before ? after - before : before - after, unit);
	return out;
}

const char *text_share(char *out, uint64_t part, uint64_t whole)
{
	snprintf(out, NUMBER_SIZE, "%5.1f%%",
		 whole ? 100 * (double)part / (double)whole : 0.0);
	return out;
}

size_t text_length(const char *text)
{
	size_t length = 0;

	for (; *text != '\0'; text++)
		length += !is_continuation(*text);
	return length;
}

size_t text_prefix(const char *text, size_t characters)
{
	const char *end = text;

	while (*end != '\0' && (characters > 0 || is_continuation(*end))) {
		end++;
		if (!is_continuation(*end))
			characters--;
	}
	return (size_t)(end - text);
}

const char *text_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}
