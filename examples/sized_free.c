/* SPDX-License-Identifier: MIT */
/* A string that grows: it uses all of its block, and says the size when it frees it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hakmem.h>

struct string {
	char *text;
	size_t length, size;
};

/* Asks for the size that the library would round up to, so that nothing is lost. */
static int grow(struct string *s, size_t least)
{
	size_t size = hak_good_size(least > 2 * s->size ? least : 2 * s->size);
	char *text = hak_realloc(s->text, size);

	if (!text)
		return 0;
	s->text = text;
	s->size = size;
	return 1;
}

static int append(struct string *s, const char *text)
{
	size_t length = strlen(text);

	if (s->length + length >= s->size && !grow(s, s->length + length + 1))
		return 0;
	memcpy(s->text + s->length, text, length + 1);
	s->length += length;
	return 1;
}

int main(void)
{
	struct string s = {NULL, 0, 0};

	for (int i = 0; i < 1000; i++)
		if (!append(&s, "word "))
			return EXIT_FAILURE;
	printf("%zu characters in a block of %zu bytes\n", s.length, s.size);
	/* HAKMEM_HARDENED=1 compares the size to that of the block. */
	hak_free_sized(s.text, s.size);
	return EXIT_SUCCESS;
}
